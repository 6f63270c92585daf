// Loaded into every measured process: at its end it tells what it used, on the fourth stream.
const { readFileSync, writeSync } = require("node:fs");

process.on("exit", () => {
  const { userCPUTime, systemCPUTime, maxRSS } = process.resourceUsage();
  const peakKb = peakOfThisProgram() ?? maxRSS;
  writeSync(
    3,
    JSON.stringify({ cpuMs: (userCPUTime + systemCPUTime) / 1000, peakMb: peakKb / 1024 }),
  );
});

/** Linux counts the memory of the process that started a program into the program's maxRSS (execve), but not here. */
function peakOfThisProgram() {
  try {
    const status = readFileSync("/proc/self/status", "utf8");
    return Number(/^VmHWM:\s+(\d+) kB$/m.exec(status)[1]);
  } catch {
    return null;
  }
}

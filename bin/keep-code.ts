// Runs a program file and keeps what V8 compiled meanwhile; build.mjs does so with each.
import { keepCode, loadProgram } from "./program.ts";

const [node = "", self = "", name = "", ...args] = process.argv;
process.argv = [node, self, ...args];
const program = loadProgram(__dirname, name);
process.on("exit", () => {
  keepCode(__dirname, name, program);
  process.exitCode = 0;
});
program.run();

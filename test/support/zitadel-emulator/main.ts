// The emulator as a program: starts it, writes the key file, prints one JSON line, waits for its end.
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { startZitadelEmulator } from "./index.ts";

export interface StartLine {
  readonly url: string;
  readonly adminUrl: string;
  readonly keyFile: string;
  readonly orgId: string;
  readonly pid: number;
}

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      port: { type: "string", default: "0" },
      "admin-port": { type: "string", default: "0" },
      "org-id": { type: "string" },
      settings: { type: "string", default: "{}" },
      "key-file": { type: "string" },
      "die-with-stdin": { type: "boolean", default: false },
    },
  });
  const orgId = values["org-id"];
  const emulator = await startZitadelEmulator({
    port: Number(values.port),
    adminPort: Number(values["admin-port"]),
    settings: JSON.parse(values.settings),
    ...(orgId === undefined ? {} : { orgId }),
  });

  const keyFile = values["key-file"] ?? temporaryKeyFile();
  writeFileSync(keyFile, JSON.stringify(emulator.serviceKey), { mode: 0o600 });
  chmodSync(keyFile, 0o600);
  for (const signal of ["SIGTERM", "SIGINT"] as const) process.on(signal, () => process.exit(0));
  if (values["die-with-stdin"]) process.stdin.on("end", () => process.exit(0)).resume();

  const { url, adminUrl } = emulator;
  const start: StartLine = { url, adminUrl, keyFile, orgId: emulator.orgId, pid: process.pid };
  process.stdout.write(`${JSON.stringify(start)}\n`);
}

/** Gone when the program ends. */
function temporaryKeyFile(): string {
  const folder = mkdtempSync(join(tmpdir(), "zitadel-emulator-"));
  process.on("exit", () => rmSync(folder, { recursive: true, force: true }));
  return join(folder, "service-account.json");
}

await main();

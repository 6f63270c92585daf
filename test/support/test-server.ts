// The Postgres and the key ring that all test files share, found where the global setup has left them.
import { join } from "node:path";
import { serverAt, type PostgresAddress } from "./postgres-address.ts";

/** Test files run in processes of their own, which get no more from mocha's first than its environment. */
const VARIABLE = "FAMILY_HUB_TEST_STAGE";

interface Stage {
  readonly port: number;
  readonly folder: string;
}

export function shareStage(stage: Stage): void {
  process.env[VARIABLE] = JSON.stringify(stage);
}

function stage(): Stage {
  const shared = process.env[VARIABLE];
  if (shared === undefined) throw new Error("mocha's global setup has not run");
  return JSON.parse(shared) as Stage;
}

/** The server that every test file clones its databases on. */
export function testServer(): PostgresAddress {
  return serverAt(stage().port);
}

/** A key ring with one EC key, readable by every test. */
export function testRingFile(): string {
  return join(stage().folder, "ring.json");
}

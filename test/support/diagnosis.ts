// The output of `doctor --json`, with each line by its name.
import { expect } from "chai";
import type { CliResult } from "./cli.ts";
import type { Scene } from "./scene.ts";

export interface Line {
  readonly name: string;
  readonly status: string;
  readonly found: string;
  readonly mend: string | null;
}

export interface Told extends CliResult {
  readonly outcome: string;
  readonly checks: readonly Line[];
  /** Those of this name; several where a check found several things. */
  lines(name: string): Line[];
  /** The only one. */
  line(name: string): Line;
  /** All that are not ok, as `status name`. */
  readonly complaints: readonly string[];
}

export async function askDoctor(
  scene: Scene,
  env: Readonly<Record<string, string | undefined>> = {},
): Promise<Told> {
  const result = await scene.cli(["doctor", "--json"], env);
  if (result.stdout === "") throw new Error(`no diagnosis (exit ${result.code}): ${result.stderr}`);
  return readDiagnosis(result);
}

export function readDiagnosis(result: CliResult): Told {
  const { outcome, checks } = JSON.parse(result.stdout) as Pick<Told, "outcome" | "checks">;
  const lines = (name: string) => checks.filter((check) => check.name === name);
  return {
    ...result,
    ...{ outcome, checks, lines },
    line: (name) => {
      const [only, ...more] = lines(name);
      if (only === undefined || more.length > 0) {
        throw new Error(`${lines(name).length} lines ${name}: ${result.stdout}`);
      }
      return only;
    },
    complaints: checks
      .filter(({ status }) => status !== "ok")
      .map(({ status, name }) => `${status} ${name}`),
  };
}

/** That the line has this status, and says this of what was found and of what to do. */
export function expectLine(line: Line, status: string, found: RegExp, mend: RegExp | null): void {
  expect({ name: line.name, status: line.status }, JSON.stringify(line)).to.deep.equal({
    name: line.name,
    status,
  });
  expect(line.found).to.match(found);
  if (mend === null) expect(line.mend).to.equal(null);
  else expect(line.mend).to.match(mend);
}

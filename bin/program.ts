// Loads a program file with the code that V8 compiled at build time. Without that code, a tick takes a third longer.
import { createHash } from "node:crypto";
import { readFileSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { Script } from "node:vm";

export interface Program {
  readonly script: Script;
  run(): void;
}

/** What a program file finds around it. */
const SCOPE = ["exports", "require", "module", "__filename", "__dirname", "importHere"];

/**
 * In a script that was loaded with compiled code, `import()` fails on Node 20, whatever options are given. So a
 * program calls this function instead.
 */
const importHere = (specifier: string): Promise<unknown> => import(specifier);

/** @param name of its file in the folder, without the ending */
export function loadProgram(folder: string, name: string): Program {
  const file = join(folder, `${name}.js`);
  const source = readFileSync(file);
  const cachedData = compiledFor(source, join(folder, `${name}.code`));
  const script = new Script(`(function (${SCOPE.join()}) {${source.toString()}\n})`, {
    filename: file,
    ...(cachedData !== null && { cachedData }),
  });
  const run = () => {
    const module = { exports: {} };
    const main = script.runInThisContext() as (...scope: unknown[]) => void;
    main(module.exports, createRequire(file), module, file, folder, importHere);
  };
  return { script, run };
}

const SEAL_BYTES = 32;

/**
 * Of the source, V8 compares only the length. So it would run code of a file that someone has changed since, of
 * another build of the same Node, or with a flipped bit.
 * @returns null if there is none for exactly this source and this build of Node
 */
function compiledFor(source: Buffer, file: string): Buffer | null {
  let kept: Buffer;
  try {
    kept = readFileSync(file);
  } catch {
    return null;
  }
  const code = kept.subarray(SEAL_BYTES);
  return sealOf(source, code).equals(kept.subarray(0, SEAL_BYTES)) ? code : null;
}

/** After the run: keeps the code for the next one. */
export function keepCode(folder: string, name: string, { script }: Program): void {
  const source = readFileSync(join(folder, `${name}.js`));
  const code = script.createCachedData();
  writeFileSync(join(folder, `${name}.code`), Buffer.concat([sealOf(source, code), code]));
}

function sealOf(source: Buffer, code: Buffer): Buffer {
  const { version, platform, arch, config } = process;
  const node = JSON.stringify([version, platform, arch, config]);
  return createHash("sha256").update(node).update(source).update(code).digest();
}

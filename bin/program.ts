// Loads a program file from what V8 compiled of it when it was built: without it, a tick takes a third longer.
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

/** Node 20 has no `import()` in a script that was made of compiled code, whatever it is given for it. */
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
 * V8 itself compares only its version and the length of the source: code of a file that somebody has changed
 * since, of another processor or with a flipped bit would run.
 * @returns null if there is none for exactly this source, this Node and this processor
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
  const node = `${process.version} ${process.arch} `;
  return createHash("sha256").update(node).update(source).update(code).digest();
}

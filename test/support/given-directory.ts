// An empty directory for each test, gone after it.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** Call inside `describe`. @returns its path, while a test runs */
export function useDirectory(): () => string {
  let path = "";
  beforeEach(() => {
    path = mkdtempSync(join(tmpdir(), "family-hub-directory-"));
  });
  afterEach(() => rmSync(path, { recursive: true, force: true }));
  return () => path;
}

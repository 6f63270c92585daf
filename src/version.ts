// The version in package.json, from the sources and from the build alike.
import { readFileSync } from "node:fs";

export function packageVersion(): string {
  for (const path of ["../package.json", "../../package.json"]) {
    try {
      const text = readFileSync(new URL(path, import.meta.url), "utf8");
      const { version } = JSON.parse(text) as { version?: string };
      if (version !== undefined) return version;
    } catch {
      // One folder further up, when this is the build.
    }
  }
  return "unknown";
}

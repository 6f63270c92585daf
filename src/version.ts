// The version in package.json, for sources and build, and the commit of a build.
import { readFileSync } from "node:fs";

/** Set by build.mjs: short, empty if unknown. Undefined when the sources run. */
declare const BUILD_COMMIT: string;

export function packageVersion(): string {
  for (const path of ["../package.json", "../../package.json"]) {
    try {
      const text = readFileSync(new URL(path, import.meta.url), "utf8");
      const { version } = JSON.parse(text) as { version?: string };
      if (version !== undefined) return version;
    } catch {
      // In the build, the file is one folder further up.
    }
  }
  return "unknown";
}

/** For people: `1.0.0 (abc1234)`. The first word is the version alone. */
export function versionLine(): string {
  const commit = typeof BUILD_COMMIT === "undefined" ? "" : BUILD_COMMIT;
  return commit === "" ? packageVersion() : `${packageVersion()} (${commit})`;
}

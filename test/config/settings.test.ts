// The table of settings agrees with what is read, and with what README tells.
import { expect } from "chai";
import { readFile } from "node:fs/promises";
import { SETTINGS } from "../../src/config/settings.ts";
import { readAll } from "../support/given-settings.ts";

describe("the table of settings", () => {
  it("has the default that is read where nothing is set", () => {
    const { database: _, ...unset } = readAll();

    for (const { name, fallback } of SETTINGS) {
      if (fallback === null) continue;
      const { database: _, ...set } = readAll({ [name]: fallback });
      expect(JSON.stringify(set), name).to.equal(JSON.stringify(unset));
      expect(fallback).to.match(SETTINGS.find((setting) => setting.name === name)?.shows ?? /^$/);
    }
  });

  it("has every setting of README, with its default", async () => {
    const readme = await readFile(new URL("../../README.md", import.meta.url), "utf8");
    const [, section = ""] = readme.split("### Settings");
    const rows = section.split("###")[0]?.matchAll(/^\| (`[A-Z_`, ]+)\*? +\| (.*?) +\|/gm) ?? [];
    const told = [...rows].flatMap(([, names = "", fallbacks = ""]) => {
      const defaults = fallbacks.split(", ");
      return names
        .split(", ")
        .map((name, index) => [name.trim(), names.includes(",") ? defaults[index] : fallbacks]);
    });

    expect(told.length).to.be.above(15);
    for (const [name, fallback] of told) {
      const known = SETTINGS.find((setting) => `\`${setting.name}\`` === name);
      expect(known, name).not.to.equal(undefined);
      if (/^`[^`]+`$/.test(fallback ?? "") && known?.fallback !== null) {
        expect(`\`${known?.fallback}\``, name).to.equal(fallback);
      }
    }
  });
});

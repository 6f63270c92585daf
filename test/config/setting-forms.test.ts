// The forms in which settings may be shown: there is one for each setting, and each lets its default through.
import { expect } from "chai";
import { SHOWN_SETTINGS } from "../../src/config/setting-forms.ts";
import { SETTINGS } from "../../src/config/settings-table.ts";

/** Set by Kubernetes or a terminal, not by the person who configures the tool. */
const OTHERS = ["JOB_COMPLETION_INDEX", "NO_COLOR", "TERM"];

describe("the forms of settings", () => {
  it("are there for every setting, none for a secret", () => {
    for (const { names, secret } of SETTINGS) {
      for (const name of names) {
        if (OTHERS.includes(name)) continue;
        const shown = SHOWN_SETTINGS.find((setting) => setting.name === name);
        expect(shown, name).not.to.equal(undefined);
        expect(shown?.shows === null, name).to.equal(secret === true);
      }
    }
  });

  it("let every default through", () => {
    const defaults = SHOWN_SETTINGS.filter(({ fallback }) => fallback !== null);

    expect(defaults.length).to.be.above(8);
    for (const { shows, fallback } of defaults) expect(fallback).to.match(shows ?? /^$/);
  });
});

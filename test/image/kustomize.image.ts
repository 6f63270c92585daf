// Real kustomize builds what test/support/kustomize.ts renders, so what is shown of that holds for the cluster.
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, relative } from "node:path";
import { expect } from "chai";
import { parseAllDocuments } from "yaml";
import {
  KUBERNETES,
  KUSTOMIZATIONS,
  render,
  renderWith,
  type Manifest,
} from "../support/kustomize.ts";
import { runProgram } from "../support/scene.ts";

async function build(folder: string): Promise<Manifest[]> {
  const { code, stdout, stderr } = await runProgram("kubectl", ["kustomize", folder], {});
  expect({ code, stderr }, folder).to.deep.equal({ code: 0, stderr: "" });
  return parseAllDocuments(stdout).map((document) => document.toJS() as Manifest);
}

describe("kubectl kustomize", () => {
  for (const folder of KUSTOMIZATIONS)
    it(`builds ${folder} as the tests render it`, async () => {
      expect(await build(join(KUBERNETES, folder))).to.have.deep.members(render(folder));
    });

  for (const component of ["pings", "pushgateway"])
    it(`adds ${component} as the tests render it`, async () => {
      const overlay = mkdtempSync(join(tmpdir(), "family-hub-overlay-"));
      const from = (name: string) => relative(overlay, join(KUBERNETES, name));
      try {
        const kustomization = { resources: [from("base")], components: [from(component)] };
        writeFileSync(join(overlay, "kustomization.yaml"), JSON.stringify(kustomization));

        expect(await build(overlay)).to.have.deep.members(renderWith(component, "base"));
      } finally {
        rmSync(overlay, { recursive: true, force: true });
      }
    });
});

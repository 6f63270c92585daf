// The manifests are what Kubernetes takes: right by its schemas, with no field that it does not know.
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "chai";
import { CronJob, Job } from "kubernetes-models/batch/v1";
import { NetworkPolicy } from "kubernetes-models/networking.k8s.io/v1";
import { ConfigMap, Namespace, Pod } from "kubernetes-models/v1";
import { CHECKOUT } from "../support/documents.ts";
import { renderWith, type Manifest } from "../support/kustomize.ts";
import { everyManifest, jobOf } from "../support/pods.ts";

type Model = new (data: never) => { validate(): void };

/** And the module that its type comes from. */
const KINDS: Readonly<Record<string, readonly [Model, string]>> = {
  "batch/v1 CronJob": [CronJob, "batch/v1"],
  "batch/v1 Job": [Job, "batch/v1"],
  "networking.k8s.io/v1 NetworkPolicy": [NetworkPolicy, "networking.k8s.io/v1"],
  "v1 ConfigMap": [ConfigMap, "v1"],
  "v1 Namespace": [Namespace, "v1"],
  "v1 Pod": [Pod, "v1"],
};

function kindOf({ apiVersion, kind }: Manifest): readonly [Model, string] {
  const known = KINDS[`${apiVersion} ${kind}`];
  if (known === undefined) throw new Error(`no schema is known of ${apiVersion} ${kind}`);
  return known;
}

/** @returns what is wrong with it, or null */
function fault(manifest: Manifest): string | null {
  const [Model] = kindOf(manifest);
  try {
    new Model(manifest as never).validate();
    return null;
  } catch (error) {
    return (error as Error).message;
  }
}

/** The compiler refuses an unknown property of a literal, which the schemas let pass. */
function unknownFields(manifests: readonly Manifest[]): string {
  const folder = mkdtempSync(join(tmpdir(), "family-hub-manifests-"));
  try {
    symlinkSync(join(CHECKOUT, "node_modules"), join(folder, "node_modules"));
    const lines = manifests.map((manifest, index) => {
      const type = `import("kubernetes-models/${kindOf(manifest)[1]}").I${manifest.kind}`;
      return `export const m${index}: ${type} = ${JSON.stringify(manifest, null, 1)};\n`;
    });
    writeFileSync(join(folder, "manifests.mts"), lines.join(""));
    const options = ["--noEmit", "--strict", "--skipLibCheck", "--types", "", "--module", "nodenext"];
    const tsc = join(CHECKOUT, "node_modules/.bin/tsc");
    const { stdout, error } = spawnSync(tsc, [...options, "manifests.mts"], {
      ...{ cwd: folder, encoding: "utf8" },
    });
    if (error !== undefined) throw error;
    return stdout;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
} // prettier-ignore

describe("the manifests of deploy/kubernetes", () => {
  const manifests = [
    ...everyManifest(),
    ...["pings", "pushgateway"].flatMap((component) =>
      renderWith(component, "base").map((manifest) => ({
        folder: `base with ${component}`,
        manifest,
      })),
    ),
  ];

  for (const { folder, manifest } of manifests) {
    it(`are right by Kubernetes' schema: ${manifest.kind} ${manifest.metadata.name} of ${folder}`, () => {
      expect(fault(manifest)).to.equal(null);
    });
  }

  it("have no field that Kubernetes does not know", () => {
    expect(unknownFields(manifests.map(({ manifest }) => manifest))).to.equal("");
  });

  /** Required until Kubernetes 1.36, though newer schemas have a default for it. */
  it("say the status of the pod conditions that their failure policy means", () => {
    const conditions = manifests.flatMap(
      ({ manifest }) =>
        jobOf(manifest)?.podFailurePolicy.rules.flatMap((rule) => rule.onPodConditions ?? []) ?? [],
    );

    expect(conditions).not.to.deep.equal([]);
    for (const { status } of conditions) expect(status).to.equal("True");
  });

  it("would be refused for a wrong value or a field that there is not", () => {
    const [sound] = manifests.filter(({ manifest }) => manifest.kind === "CronJob");
    const spec = sound?.manifest["spec"] as object;
    const changed = (change: object) =>
      ({ ...sound?.manifest, spec: { ...spec, ...change } }) as unknown as Manifest;

    expect(fault(changed({ concurrencyPolicy: "Never" }))).to.match(/concurrencyPolicy/);
    expect(fault(changed({ schedule: undefined }))).to.match(/schedule/);
    expect(unknownFields([changed({ concurrencypolicy: "Forbid" })])).to.match(/concurrencypolicy/);
  });
});

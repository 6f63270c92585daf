// The folders of deploy/kubernetes hang together: every file is used, one version is deployed everywhere.
import { readdirSync } from "node:fs";
import { dirname, join } from "node:path";
import { expect } from "chai";
import { packageVersion } from "../../src/version.ts";
import {
  KUBERNETES,
  KUSTOMIZATIONS,
  readKustomization,
  render,
  type Manifest,
} from "../support/kustomize.ts";
import { everyManifest, podIn } from "../support/pods.ts";

const FILES = readdirSync(KUBERNETES, { recursive: true, encoding: "utf8" }).filter((path) =>
  path.endsWith(".yaml"),
);
const FOLDERS = FILES.filter((path) => path.endsWith("kustomization.yaml")).map(dirname);

/** Files and folders that a kustomization names, from deploy/kubernetes. */
function named(folder: string): string[] {
  const { resources = [], components = [], patches = [] } = readKustomization(folder);
  const paths = [...resources, ...components, ...patches.map(({ path }) => path)];
  return paths.map((path) => join(folder, path));
}

describe("the kustomizations", () => {
  it("name files and folders that there are", () => {
    for (const folder of FOLDERS) {
      for (const path of named(folder)) expect([...FILES, ...FOLDERS], folder).to.include(path);
    }
  });

  it("use every file", () => {
    const used = FOLDERS.flatMap(named);
    const files = FILES.filter((path) => !path.endsWith("kustomization.yaml"));

    expect(files.filter((path) => !used.includes(path))).to.deep.equal([]);
  });

  it("are those that docs/kubernetes.md speaks of", () => {
    expect(KUSTOMIZATIONS).to.deep.equal([
      "base",
      "by-hand",
      "environment",
      "example",
      "example/by-hand",
      "example/environment",
      "example/migrate",
      "migrate",
      "sharded",
    ]);
  });

  it("deploy the version of package.json", () => {
    for (const { folder, manifest } of everyManifest()) {
      const image = podIn(manifest)?.containers[0].image;
      if (image === undefined) continue;
      const registry = folder.startsWith("example") ? "registry.example.com/" : "";
      expect(image).to.equal(`${registry}family-hub-jobs:${packageVersion()}`);
    }
  });

  it("put all of the example into one namespace", () => {
    for (const folder of KUSTOMIZATIONS.filter((name) => name.startsWith("example"))) {
      for (const { kind, metadata } of render(folder)) {
        const namespace = kind === "Namespace" ? metadata.name : metadata.namespace;
        expect(namespace, `${kind} ${metadata.name}`).to.equal("family-hub-jobs");
      }
    }
  });

  it("apply with the example what its environment alone is, and nothing twice", () => {
    const named = ({ kind, metadata }: Manifest) => `${kind} ${metadata.name}`;
    const example = render("example").map(named);
    const environment = render("example/environment");

    expect(environment.map(named)).to.have.members([
      ...["Namespace family-hub-jobs", "ConfigMap family-hub-jobs"],
      "NetworkPolicy family-hub-jobs",
    ]);
    expect(example).to.include.members(environment.map(named));
    expect(new Set(example)).to.have.property("size", example.length);
  });

  it("have names short enough for the pods of a CronJob", () => {
    for (const { manifest } of everyManifest())
      expect(manifest.metadata.name).to.have.length.below(53);
  });
});

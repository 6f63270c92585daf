// Renders deploy/kubernetes as `kubectl kustomize` does, with the few features that are used there.
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { parseAllDocuments } from "yaml";
import { CHECKOUT } from "./documents.ts";

export const KUBERNETES = `${CHECKOUT}deploy/kubernetes`;

/** As YAML holds it. */
type Value = string | number | boolean | null | readonly Value[] | Tree;
export interface Tree {
  readonly [key: string]: Value | undefined;
}

export interface Manifest extends Tree {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: { readonly name: string; readonly namespace?: string };
}

interface Kustomization {
  readonly apiVersion: string;
  readonly kind: string;
  readonly resources?: readonly string[];
  readonly components?: readonly string[];
  readonly patches?: readonly { readonly path: string; readonly target?: { readonly kind: string } }[];
  readonly namespace?: string;
  readonly images?: readonly { readonly name: string; readonly newName: string; readonly newTag: string }[];
} // prettier-ignore

const KNOWN = [
  "apiVersion", "kind", "resources", "components", "patches", "namespace", "images",
]; // prettier-ignore

/** Lists whose elements are patched one by one, and the field that identifies them; others are replaced. */
const MERGE_KEYS: Readonly<Record<string, string>> = {
  containers: "name",
  env: "name",
  volumes: "name",
  volumeMounts: "mountPath",
};

/** Folders of deploy/kubernetes that can be applied. */
export const KUSTOMIZATIONS: readonly string[] = readdirSync(KUBERNETES, {
  recursive: true,
  encoding: "utf8",
})
  .filter((path) => path.endsWith("/kustomization.yaml"))
  .map((path) => path.replace("/kustomization.yaml", ""))
  .filter((folder) => readKustomization(folder).kind === "Kustomization")
  .sort();

/** @throws for a file that is not there, a patch of nothing, a feature that is unknown here */
export function render(folder: string): Manifest[] {
  return apply(readKustomization(folder), folder, []);
}

/** With another component, in addition to those of the folder. */
export function renderWith(component: string, folder: string): Manifest[] {
  return apply(readKustomization(component), component, render(folder));
}

/** As kubectl reads YAML: of version 1.1, in which 0440 is octal. */
function readManifests(path: string): Manifest[] {
  const text = readFileSync(join(KUBERNETES, path), "utf8");
  return parseAllDocuments(text, { version: "1.1" }).map((document) => {
    if (document.errors.length > 0) throw new Error(`${path}: ${String(document.errors)}`);
    return document.toJS() as Manifest;
  });
}

export function readKustomization(folder: string): Kustomization {
  const [read] = readManifests(`${folder}/kustomization.yaml`);
  const unknown = Object.keys(read ?? {}).filter((key) => !KNOWN.includes(key));
  if (unknown.length > 0) throw new Error(`${folder}: ${unknown.join()} cannot be rendered here`);
  return read as unknown as Kustomization;
}

function apply(
  kustomization: Kustomization,
  folder: string,
  given: readonly Manifest[],
): Manifest[] {
  const { resources = [], components = [], patches = [], namespace, images = [] } = kustomization;
  let manifests = [...given];
  for (const resource of resources) {
    const path = join(folder, resource);
    manifests.push(...(path.endsWith(".yaml") ? readManifests(path) : render(path)));
  }
  for (const component of components.map((name) => join(folder, name))) {
    manifests = apply(readKustomization(component), component, manifests);
  }
  for (const { path, target } of patches) {
    for (const patch of readManifests(join(folder, path))) {
      const meant = manifests.filter((manifest) => isMeant(manifest, patch, target?.kind));
      if (meant.length === 0) throw new Error(`${folder}/${path} patches nothing`);
      manifests = manifests.map((manifest) =>
        meant.includes(manifest) ? patched(manifest, patch) : manifest,
      );
    }
  }
  return manifests.map((manifest) => {
    const there = namespace === undefined ? manifest : inNamespace(manifest, namespace);
    return withImages(there, images) as Manifest;
  });
}

function isMeant(manifest: Manifest, patch: Manifest, kind: string | undefined): boolean {
  if (kind !== undefined) return manifest.kind === kind;
  return manifest.kind === patch.kind && manifest.metadata.name === patch.metadata.name;
}

function patched(manifest: Manifest, patch: Manifest): Manifest {
  const { metadata: _, ...rest } = patch;
  return merge(manifest, rest) as Manifest;
}

function merge(before: Tree, patch: Tree): Tree {
  const merged: Record<string, Value | undefined> = { ...before };
  for (const [key, value] of Object.entries(patch)) {
    const old = before[key];
    const mergeKey = MERGE_KEYS[key];
    if (value === null) delete merged[key];
    else if (isTree(old) && isTree(value)) merged[key] = merge(old, value);
    else if (mergeKey !== undefined && Array.isArray(old) && Array.isArray(value))
      merged[key] = mergeLists(old as Tree[], value as Tree[], mergeKey);
    else merged[key] = value;
  }
  return merged;
}

function mergeLists(before: readonly Tree[], patch: readonly Tree[], by: string): Tree[] {
  const find = (list: readonly Tree[], one: Tree) => list.find((other) => other[by] === one[by]);
  return [
    ...patch.map((one) => merge(find(before, one) ?? {}, one)),
    ...before.filter((one) => find(patch, one) === undefined),
  ];
}

function isTree(value: Value | undefined): value is Tree {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function inNamespace(manifest: Manifest, namespace: string): Manifest {
  if (manifest.kind === "Namespace") return manifest;
  return { ...manifest, metadata: { ...manifest.metadata, namespace } };
}

function withImages(value: Value, images: NonNullable<Kustomization["images"]>): Value {
  if (Array.isArray(value)) return (value as Value[]).map((one) => withImages(one, images));
  if (!isTree(value)) return value;
  const changed = Object.entries(value).map(([key, one = null]) => {
    const image = images.find(({ name }) => typeof one === "string" && one.split(":")[0] === name);
    if (key === "image" && image !== undefined) return [key, `${image.newName}:${image.newTag}`];
    return [key, withImages(one, images)];
  });
  return Object.fromEntries(changed) as Tree;
}

// What the pods of deploy/kubernetes are: from a rendered manifest to what the tool is started with.
import { KUSTOMIZATIONS, render, type Manifest, type Tree } from "./kustomize.ts";

export interface Container extends Tree {
  readonly name: string;
  readonly image: string;
  readonly args: readonly string[];
  readonly env?: readonly { readonly name: string; readonly value: string }[] & Tree["x"];
  readonly volumeMounts: readonly { readonly name: string; readonly mountPath: string }[] &
    Tree["x"];
}

export interface Pod {
  readonly containers: readonly [Container];
  readonly restartPolicy: string;
  readonly terminationGracePeriodSeconds: number;
  readonly securityContext: { readonly runAsUser: number; readonly runAsGroup: number };
  readonly volumes: readonly {
    readonly name: string;
    readonly projected: {
      readonly defaultMode: number;
      readonly sources: readonly {
        readonly secret: {
          readonly name: string;
          readonly items?: readonly { readonly key: string; readonly path: string }[];
        };
      }[];
    };
  }[];
}

export interface FailureRule {
  readonly action: string;
  readonly onExitCodes?: {
    readonly containerName: string;
    readonly operator: string;
    readonly values: readonly number[];
  };
  readonly onPodConditions?: readonly { readonly type: string; readonly status: string }[];
}

export interface JobSpec {
  readonly backoffLimit: number;
  readonly activeDeadlineSeconds: number;
  readonly ttlSecondsAfterFinished: number;
  readonly completionMode?: string;
  readonly completions?: number;
  readonly parallelism?: number;
  readonly backoffLimitPerIndex?: number;
  readonly podFailurePolicy: { readonly rules: readonly FailureRule[] };
  readonly template: { readonly metadata: Tree; readonly spec: Pod };
}

export interface Schedule {
  readonly schedule: string;
  readonly timeZone: string;
  readonly concurrencyPolicy: string;
  readonly startingDeadlineSeconds: number;
  readonly jobTemplate: { readonly spec: JobSpec };
}

/** Everything that can be applied, and where it comes from. */
export function everyManifest(): { folder: string; manifest: Manifest }[] {
  return KUSTOMIZATIONS.flatMap((folder) =>
    render(folder).map((manifest) => ({ folder, manifest })),
  );
}

export function scheduleOf(folder: string, name: string): Schedule {
  return find(folder, "CronJob", name)["spec"] as unknown as Schedule;
}

/** Null for what is no Job and makes none. */
export function jobOf({ kind, spec }: Manifest): JobSpec | null {
  if (kind === "Job") return spec as unknown as JobSpec;
  return kind === "CronJob" ? (spec as unknown as Schedule).jobTemplate.spec : null;
}

/** Null for what makes no pods. */
export function podIn(manifest: Manifest): Pod | null {
  if (manifest.kind === "Pod") return manifest["spec"] as unknown as Pod;
  return jobOf(manifest)?.template.spec ?? null;
}

export function podOf(folder: string, name: string): Pod {
  return scheduleOf(folder, name).jobTemplate.spec.template.spec;
}

/** What its container is started with: of the ConfigMap in the folder, and its own. */
export function environmentOf(pod: Pod, folder = "environment"): Record<string, string> {
  const [container] = pod.containers;
  const settings = container["envFrom"] === undefined ? {} : settingsOf(folder);
  const own = (container.env ?? []).map(({ name, value }) => [name, value] as const);
  return { ...settings, ...Object.fromEntries(own) };
}

export function settingsOf(folder: string): Record<string, string> {
  return find(folder, "ConfigMap", "family-hub-jobs")["data"] as Record<string, string>;
}

export function secretsOf({ volumes }: Pod): string[] {
  return volumes.flatMap(({ projected }) => projected.sources.map(({ secret }) => secret.name));
}

export function secretMode({ volumes }: Pod): number {
  return volumes[0]?.projected.defaultMode ?? 0;
}

function find(folder: string, kind: string, name: string): Manifest {
  const found = render(folder).find((one) => one.kind === kind && one.metadata.name === name);
  if (found === undefined) throw new Error(`${folder} has no ${kind} ${name}`);
  return found;
}

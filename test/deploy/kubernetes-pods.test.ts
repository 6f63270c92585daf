// What the pods may do, what they are given, and that no command has a secret it does not need.
import { expect } from "chai";
import { SETTINGS } from "../../src/config/settings-table.ts";
import { readConfig } from "../../src/config/config.ts";
import {
  everyManifest,
  environmentOf,
  podIn,
  podOf,
  secretsOf,
  settingsOf,
  type Pod,
} from "../support/pods.ts";
import { render, renderWith, type Manifest, type Tree } from "../support/kustomize.ts";
import { soundSettings } from "../support/given-settings.ts";

const PODS = everyManifest().flatMap(({ folder, manifest }) => {
  const pod = podIn(manifest);
  return pod === null ? [] : [{ title: `${manifest.metadata.name} of ${folder}`, folder, manifest, pod }];
}); // prettier-ignore

const KNOWN = new Set(
  SETTINGS.flatMap(({ names, secret }) =>
    names.flatMap((name) => (secret === true ? [name, `${name}_FILE`] : [name])),
  ),
);

/** Of the pod itself, whether a CronJob, a Job or nothing makes it. */
function labelsOf(manifest: Manifest): Tree {
  const { metadata, spec } = manifest as unknown as {
    metadata: { labels?: Tree };
    spec: { template?: PodTemplate; jobTemplate?: { spec: { template: PodTemplate } } };
  };
  const template = spec.template ?? spec.jobTemplate?.spec.template;
  return (template === undefined ? metadata.labels : template.metadata.labels) ?? {};
}

interface PodTemplate {
  readonly metadata: { readonly labels: Tree };
}

describe("the pods", () => {
  for (const { title, pod } of PODS) {
    it(`of ${title} have no rights that they do not need`, () => {
      const { securityContext, ...spec } = pod as unknown as Tree;
      const [container] = pod.containers;

      expect(spec).to.include({ automountServiceAccountToken: false, enableServiceLinks: false });
      expect(securityContext).to.deep.equal({
        ...{ runAsNonRoot: true, runAsUser: 10001, runAsGroup: 10001, fsGroup: 10001 },
        seccompProfile: { type: "RuntimeDefault" },
      });
      expect(container["securityContext"]).to.deep.equal({
        ...{ allowPrivilegeEscalation: false, readOnlyRootFilesystem: true },
        capabilities: { drop: ["ALL"] },
      });
    });

    it(`of ${title} have the memory that was measured, and no limit of CPU`, () => {
      expect(pod.containers[0]["resources"]).to.deep.equal({
        requests: { cpu: "100m", memory: "128Mi", "ephemeral-storage": "64Mi" },
        limits: { memory: "256Mi" },
      });
    });

    it(`of ${title} read secrets from files, for their user alone`, () => {
      const [{ volumeMounts }] = pod.containers;

      expect(volumeMounts).to.deep.equal([
        { name: "secrets", mountPath: "/etc/family-hub-jobs", readOnly: true },
      ]);
      expect(pod.volumes.map(({ name }) => name)).to.deep.equal(["secrets"]);
      expect(pod.volumes[0]?.projected.defaultMode).to.equal(0o440);
    });
  }

  for (const { title, folder, pod } of PODS) {
    it(`of ${title} are given settings that there are, secrets only as files`, () => {
      const env = environmentOf(pod, settingsFolder(folder));
      const secrets = SETTINGS.filter(({ secret }) => secret === true).flatMap((one) => one.names);

      expect(Object.keys(env).filter((name) => !KNOWN.has(name))).to.deep.equal([]);
      for (const [name, value] of Object.entries(env)) {
        // A Pushgateway without a password is no secret.
        const open = name === "PUSHGATEWAY_URL" && !value.includes("@");
        expect(secrets.includes(name) && !open, name).to.equal(false);
      }
    });
  }

  it("of the purges get no key, and those of the migration only the owner's database", () => {
    const secrets = Object.fromEntries(
      PODS.filter(({ folder }) => ["base", "migrate"].includes(folder)).map(({ title, pod }) => [
        title,
        secretsOf(pod),
      ]),
    );

    expect(secrets).to.deep.equal({
      "retry-accounts of base": [
        "family-hub-jobs-database",
        "family-hub-jobs-zitadel",
        "family-hub-jobs-passwords",
      ],
      "purge-invitations of base": ["family-hub-jobs-database"],
      "purge-jobs of base": ["family-hub-jobs-database"],
      "migrate of migrate": ["family-hub-jobs-owner"],
    });
  });

  it("by hand have what those of retry-accounts have", () => {
    const byHand = PODS.find(({ title }) => title === "by-hand of by-hand")?.pod;
    const retry = podOf("base", "retry-accounts");
    if (byHand === undefined) throw new Error("there is no pod by hand");

    expect(secretsOf(byHand)).to.deep.equal(secretsOf(retry));
    expect(environmentOf(byHand)).to.deep.equal(environmentOf(retry));
  });

  it("have settings whose values are right", () => {
    for (const folder of ["environment", "example"]) {
      const env = soundSettings(settingsOf(folder));
      expect(() => readConfig(env, "zitadel", "monitoring", "retry", "log"), folder).not.to.throw();
    }
  });
});

/** The folder whose ConfigMap a pod of another folder finds in the cluster. */
function settingsFolder(folder: string): string {
  return folder.startsWith("example") ? "example/environment" : "environment";
}

describe("the components for watchers with secret addresses", () => {
  const podWith = (component: string, name: string) => {
    const found = renderWith(component, "base").find(({ metadata }) => metadata.name === name);
    const pod = found === undefined ? null : podIn(found);
    if (pod === null) throw new Error(`${component} has no ${name}`);
    return pod;
  };
  /** Paths that the pod's volumes mount from a secret with these keys. */
  const filesIn = (pod: Pod, secret: string, keys: readonly string[]) =>
    pod.volumes.flatMap(({ name, projected }) => {
      const mount = pod.containers[0].volumeMounts.find((one) => one.name === name);
      const [source] = projected.sources.filter((one) => one.secret.name === secret);
      if (source === undefined || mount === undefined) return [];
      const paths = source.secret.items?.map(({ path }) => path) ?? keys;
      return paths.map((path) => `${mount.mountPath}/${path}`);
    });

  for (const name of ["retry-accounts", "purge-invitations", "purge-jobs"]) {
    it(`give ${name} the file of its own check only, and keep its other secrets`, () => {
      const [before, pod] = [podOf("base", name), podWith("pings", name)];
      const files = filesIn(pod, "family-hub-jobs-pings", []);

      expect(files).to.deep.equal([environmentOf(pod)["PING_URL_FILE"]]);
      expect(files[0]).to.match(new RegExp(`/${name}$`));
      expect(secretsOf(pod)).to.have.members([...secretsOf(before), "family-hub-jobs-pings"]);
      expect(pod.volumes.map(({ projected }) => projected.defaultMode)).to.deep.equal([0o440, 0o440]);
    });

    it(`give ${name} the address of a Pushgateway with a password`, () => {
      const pod = podWith("pushgateway", name);

      const files = filesIn(pod, "family-hub-jobs-pushgateway", ["url"]);
      expect(files).to.deep.equal([environmentOf(pod)["PUSHGATEWAY_URL_FILE"]]);
    });
  } // prettier-ignore
});

describe("the network policy", () => {
  interface Rule {
    readonly ports: readonly { readonly port: number }[];
    readonly to?: object;
  }
  interface Policy {
    readonly podSelector: { readonly matchLabels: Tree };
    readonly policyTypes: readonly string[];
    readonly ingress?: readonly object[];
    readonly egress: readonly Rule[];
  }
  const policyOf = (folder: string) =>
    render(folder).find(({ kind }) => kind === "NetworkPolicy")?.["spec"] as unknown as Policy;

  it("is meant for every pod", () => {
    const { matchLabels } = policyOf("environment").podSelector;

    for (const { manifest, title } of PODS)
      expect(labelsOf(manifest), title).to.include(matchLabels);
  });

  for (const folder of ["environment", "example"]) {
    it(`of ${folder} lets nobody in, and out to DNS, Postgres, Zitadel and Pushgateway only`, () => {
      const { policyTypes, ingress, egress } = policyOf(folder);

      expect(policyTypes).to.deep.equal(["Ingress", "Egress"]);
      expect(ingress).to.equal(undefined);
      const ports = egress.flatMap((rule) => rule.ports.map(({ port }) => port));
      expect(ports).to.deep.equal([53, 53, 5432, 443, 9091, 4318]);
    });
  }

  it("of the example names where they are, but for Zitadel", () => {
    const anywhere = policyOf("example").egress.filter(({ to }) => to === undefined);

    expect(anywhere.flatMap(({ ports }) => ports.map(({ port }) => port))).to.deep.equal([443]);
  });
});

// The image runs: what the Dockerfile puts together works as Kubernetes starts it.
import { expect } from "chai";
import { once } from "node:events";
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  layBase,
  mountSecrets,
  startContainer,
  type Container,
  type ContainerCall,
} from "../support/container.ts";
import { buildImage, COMMIT, type Image } from "../support/dockerfile.ts";
import { givenJob } from "../support/given.ts";
import { environmentOf, secretMode, podOf, type Pod } from "../support/pods.ts";
import { testRingFile } from "../support/test-server.ts";
import { parseReport, setScene } from "../support/scene.ts";
import { packageVersion } from "../../src/version.ts";

const POD: Pod = podOf("base", "retry-accounts");
const SECRETS = "/etc/family-hub-jobs";

describe("the image", () => {
  const scene = setScene();
  let folder = "";
  let image: Image;
  let base: string[] = [];
  before(() => {
    folder = mkdtempSync(join(tmpdir(), "family-hub-image-"));
    image = buildImage(folder);
    base = layBase(image);
    const secrets = {
      "database-url": scene.db.url,
      "zitadel-key.json": JSON.stringify(scene.zitadel.serviceKey),
      "password-keys.json": readFileSync(testRingFile(), "utf8"),
    };
    mountSecrets(image, SECRETS, secrets, secretMode(POD));
  });
  after(() => rmSync(folder, { recursive: true, force: true }));

  /** With the settings and secrets of the pod, but for where Zitadel is. */
  const start = (call: ContainerCall): Container => {
    const env = { ...environmentOf(POD), ZITADEL_URL: scene.zitadel.url, ...call.env };
    return startContainer(image, base, { ...call, env });
  };

  it("passes the checks that its Dockerfile runs in it, and knows its commit", async () => {
    expect(image.checks).not.to.deep.equal([]);
    for (const entrypoint of image.checks) {
      const { code, stdout, stderr } = await start({ args: [], entrypoint }).ended;

      expect({ code, stdout, stderr }).to.deep.equal({
        ...{ code: 0, stdout: `${packageVersion()} (${COMMIT.slice(0, 7)})\n`, stderr: "" },
      });
    }
  });

  it("has no types, no sources before their compilation and no source maps", () => {
    const packages = join(image.root, image.workdir, "node_modules");
    const files = readdirSync(packages, { recursive: true, encoding: "utf8" });

    expect(files.filter((path) => /\.([cm]?ts|map)$|^@types/.test(path))).to.deep.equal([]);
    expect(files).to.include("knex/knex.js");
  });

  it("runs as the user and group that the pods name", () => {
    const { runAsUser, runAsGroup } = POD.securityContext;

    expect(image.user).to.equal(`${runAsUser}:${runAsGroup}`);
  });

  it("works a job as the pod of retry-accounts starts it, and the second time finds none", async () => {
    await givenJob(scene.db);
    const [{ args }] = POD.containers;

    const first = await start({ args }).ended;
    const second = await start({ args }).ended;

    expect(first.stderr).not.to.match(/warn|error/);
    expect(parseReport(first)).to.include({ outcome: "completed", due: 1, created: 1 });
    expect(parseReport(second)).to.include({ outcome: "completed", due: 0 });
  });

  it("finds the rights of the mounted key ring right", async () => {
    const { code, stdout, stderr } = await start({ args: ["keys", "list"] }).ended;

    expect({ code, stderr }).to.deep.equal({ code: 0, stderr: "" });
    expect(stdout).to.include(`The ring is ${SECRETS}/password-keys.json, mode 0440.`);
  });

  it("brings family-hub-jobs and fhj for work by hand", async () => {
    for (const name of ["family-hub-jobs", "fhj"]) {
      const entrypoint = [`/usr/local/bin/${name}`];
      const { code, stdout } = await start({ args: ["queue", "list", "--json"], entrypoint }).ended;

      expect({ code, stdout }).to.deep.equal({
        code: 0,
        stdout: '{"jobs":[],"nextCursor":null}\n',
      });
    }
  });

  it("lets nothing be written", async () => {
    for (const path of ["/app/ring.json", "/tmp/ring.json", `${SECRETS}/ring.json`]) {
      const { code, stderr } = await start({ args: ["keys", "generate", "--out", path] }).ended;

      expect(code, path).not.to.equal(0);
      expect(stderr).to.match(/EROFS|ENOENT/);
    }
  });

  for (const [signal, code] of [["SIGTERM", 143], ["SIGINT", 130]] as const) {
    it(`ends a run on ${signal} with ${code} after the call in flight, being PID 1`, async () => {
      await givenJob(scene.db);
      const fault = { method: "CreateUser", kind: "pause", name: "held", at: "after" } as const;
      await scene.zitadel.control.addFault(fault);
      const run = start({ args: ["retry-accounts", "--json"] });
      await scene.zitadel.control.waitForPaused({ name: "held" });

      run.kill(signal);
      await scene.zitadel.control.release("held");
      const result = await run.ended;

      expect(result.code).to.equal(code);
      expect(parseReport(result)).to.include({ outcome: "interrupted", reason: signal, created: 1 });
    });

    it(`ends with ${code} on ${signal} what does not listen to signals, being PID 1`, async () => {
      const silent = createServer().listen(0, "127.0.0.1");
      await once(silent, "listening");
      const { port } = silent.address() as { port: number };
      const env = { DATABASE_URL: `postgres://a@127.0.0.1:${port}/b`, DATABASE_URL_FILE: "" };
      const connected = once(silent, "connection");
      const command = start({ args: ["queue", "list"], env });
      await connected;

      command.kill(signal);
      const result = await command.ended;
      silent.close();

      expect(result).to.deep.equal({ code, stdout: "", stderr: "" });
    });
  } // prettier-ignore
});

// doctor and the configuration: every fault, each with its setting; nothing that could be a secret.
import { expect } from "chai";
import { chmod } from "node:fs/promises";
import { generateKey } from "../../src/passwords/generate.ts";
import { askDoctor, expectLine } from "../support/diagnosis.ts";
import { givenJobUnder, ringEnv } from "../support/given-keys.ts";
import { useFiles } from "../support/given-settings.ts";
import { givenJob } from "../support/given.ts";
import { setScene } from "../support/scene.ts";
import { useWatcher } from "../support/watcher.ts";

describe("doctor and the settings", () => {
  const scene = setScene();
  const file = useFiles();

  it("reports every fault, each at its setting, with what would be right", async () => {
    const told = await askDoctor(scene, {
      ...{ RETRY_DELAYS: "soon", ZITADEL_TIMEOUT: "30", LOG_FORMAT: "xml" },
      ...{ ZITADEL_API_URL: "id.example.com", INVITATION_GRACE: "a: b" },
      ZITADEL_CA_FILE: "/nonexistent/ca.pem",
    });

    expect(told.code).to.equal(1);
    expectLine(told.line("RETRY_DELAYS"), "fail", /is "soon"$/, /^it must be 1 to 5 durations/);
    expectLine(told.line("ZITADEL_TIMEOUT"), "fail", /is "30"$/, /with a unit/);
    expectLine(told.line("LOG_FORMAT"), "fail", /is "xml"$/, /auto, pretty, json/);
    expectLine(told.line("ZITADEL_API_URL"), "fail", /id\.example\.com/, /with its scheme/);
    expectLine(told.line("INVITATION_GRACE"), "fail", /is "a: b"$/, /with a unit/);
    expectLine(told.line("ZITADEL_CA_FILE"), "fail", /not a readable PEM/, /./);
    expect(told.line("connection").status).to.equal("ok");
    expect(told.line("discovery").found).to.match(/^not checked: see ZITADEL_/);
  });

  it("counts a lease that one call outlasts as a fault, and one that a job can outlast as a warning", async () => {
    const short = await askDoctor(scene, { RETRY_LEASE: "30s" });
    const tight = await askDoctor(scene, { RETRY_LEASE: "150s" });
    const enough = await askDoctor(scene, { RETRY_LEASE: "151s" });

    expectLine(short.line("RETRY_LEASE"), "fail", /is 30s$/, /longer than ZITADEL_TIMEOUT/);
    expectLine(tight.line("lease"), "warn", /150s.*5 calls/, /RETRY_LEASE to more than 150s/);
    expect(enough.line("lease").status).to.equal("ok");
  });

  it("warns of delays that shrink", async () => {
    const told = await askDoctor(scene, { RETRY_DELAYS: "5m,1m" });

    expectLine(told.line("retry delays"), "warn", /5m, 1m/, /shortest to the longest/);
  });

  it("shows no value that could be a secret in the wrong place", async () => {
    const secret = "s3cr3t-of-somebody-1234567890";
    const told = await askDoctor(scene, {
      ...{ ZITADEL_ORG_ID: secret, METRICS_DIR: secret, PGUSER: `${secret}:${secret}` },
      ...{ PING_URL: `http://h/${secret}`, PUSHGATEWAY_URL: secret, PASSWORD_KEYS_FILE: secret },
      ...{ PGPASSWORD: secret, ZITADEL_ALLOW_INSECURE: secret },
    });

    expect(told.stdout + told.stderr).not.to.include(secret);
    expect(told.line("ZITADEL_ORG_ID").found).to.equal("set, not shown (environment)");
    expect(told.line("PGPASSWORD").found).to.equal("set (environment)");
    expect(told.line("PING_URL").found).to.equal("set (environment)");
    expectLine(told.line("PUSHGATEWAY_URL"), "fail", /\[redacted\]/, /http/);
    expectLine(told.line("METRICS_DIR"), "fail", /not look like a path/, /absolute path/);
    expectLine(told.line("PASSWORD_KEYS"), "fail", /not look like a path/, /hold a path/);
  });

  it("names an invalid key of Zitadel by the setting of its file", async () => {
    const path = file("key.json", "{}");

    const told = await askDoctor(scene, { ZITADEL_KEY: undefined, ZITADEL_KEY_FILE: path });

    expectLine(told.line("ZITADEL_KEY"), "fail", /not a service-account key/, /download a key/);
  });

  it("looks whether the metrics directory can be written", async () => {
    const notDirectory = file("metrics", "");
    const folder = notDirectory.replace(/\/metrics$/, "");

    const good = await askDoctor(scene, { METRICS_DIR: folder });
    const bad = await askDoctor(scene, { METRICS_DIR: notDirectory });
    const none = await askDoctor(scene, { METRICS_DIR: "/nonexistent/metrics" });

    expect(good.line("metrics directory").status).to.equal("ok");
    expectLine(bad.line("metrics directory"), "fail", /not a directory/, /mkdir/);
    expectLine(none.line("metrics directory"), "fail", /ENOENT/, /mkdir/);
  });
});

describe("doctor and who watches", () => {
  const scene = setScene();

  it("warns of a password that goes through the network in plain text, without showing it", async () => {
    const told = await askDoctor(scene, {
      PING_URL: "http://jobs:hunter2@ping.example.com/hunter2",
      PUSHGATEWAY_URL: "http://jobs:hunter2@127.0.0.1:9091",
    });
    const sound = await askDoctor(scene, {
      PING_URL: "https://jobs:hunter2@ping.example.com/hunter2",
      PUSHGATEWAY_URL: "http://push.example.com:9091",
    });

    expectLine(
      told.line("PING_URL address"),
      "warn",
      /^PING_URL sends its password to http:\/\/ping\.example\.com in plain text$/,
      /https/,
    );
    const others = [told.line("PUSHGATEWAY_URL address"), sound.line("PING_URL address")];
    for (const line of [...others, sound.line("PUSHGATEWAY_URL address")]) {
      expect(line.status).to.equal("ok");
    }
    expect(told.stdout + sound.stdout).not.to.include("hunter2");
  });
});

describe("doctor and the collector of traces", () => {
  const scene = setScene();
  const collector = useWatcher();

  it("sends it an empty request, and warns where it is not taken", async () => {
    const env = { OTEL_EXPORTER_OTLP_ENDPOINT: collector.url };
    const good = await askDoctor(scene, env);
    const asked = collector.noted.map(({ path, bytes }) => ({ path, size: bytes.length }));
    collector.answer("notFound");
    const bad = await askDoctor(scene, env);
    const none = await askDoctor(scene, {});

    expect(asked).to.deep.equal([{ path: "/v1/traces", size: 0 }]);
    expectLine(good.line("traces"), "ok", /accepts them/, null);
    expect(good.line("OTEL_EXPORTER_OTLP_ENDPOINT address").status).to.equal("ok");
    expectLine(
      bad.line("traces"),
      "warn",
      /does not accept them: it answered 404/,
      /OTLP over HTTP/,
    );
    expect(none.stdout).not.to.include('"traces"');
  });
});

describe("doctor and the password keys", () => {
  const scene = setScene();
  const file = useFiles();

  it("names a key that a waiting job needs and the ring lacks: a fault", async () => {
    const [first, gone] = [await generateKey("EC"), await generateKey("EC")];
    await givenJobUnder(scene.db, gone);
    await givenJobUnder(scene.db, gone, { status: "failed" });

    const told = await askDoctor(scene, ringEnv(first));

    expect(told.code).to.equal(1);
    const line = told.line("keys in use");
    expectLine(line, "fail", /1 waiting and 1 failed job need key/, /to this ring/);
    expect(line.found).to.include(`"${gone.kid}"`);
  });

  it("warns where only failed jobs need it, and of passwords that name no key", async () => {
    const [first, gone] = [await generateKey("EC"), await generateKey("EC")];
    await givenJobUnder(scene.db, gone, { status: "failed" });
    await givenJob(scene.db, { encryptedPassword: "garbage" });

    const told = await askDoctor(scene, ringEnv(first));

    const [missing, garbled] = told.lines("keys in use");
    expect([missing?.status, garbled?.status, told.code]).to.deep.equal(["warn", "warn", 0]);
    expect(garbled?.found).to.match(/^1 job has a password that names no key/);
    expect(told.stdout).not.to.include("garbage");
  });

  it("warns when others may read the ring, and when it holds many keys", async () => {
    const keys = await Promise.all(Array.from({ length: 11 }, () => generateKey("oct")));
    const path = file("ring.json", JSON.stringify({ keys: keys.slice(0, 1) }));
    await chmod(path, 0o644);

    const open = await askDoctor(scene, { PASSWORD_KEYS_FILE: path });
    const many = await askDoctor(scene, ringEnv(...keys));

    expectLine(open.line("key ring"), "warn", /has mode 0644/, /chmod 600 .*ring\.json/);
    expectLine(many.line("key ring"), "warn", /^11 keys/, /keys list/);
  });

  it("says of an invalid ring what is wrong, and continues", async () => {
    const path = file("none.json", '{"keys":[]}');

    const told = await askDoctor(scene, { PASSWORD_KEYS_FILE: path });

    expectLine(told.line("key ring"), "fail", /not a usable key ring/, /backup/);
    expect(told.line("keys in use").found).to.equal("not checked: see key ring");
    expect(told.line("breaker").status).to.equal("ok");
  });
});

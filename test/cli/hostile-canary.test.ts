// Marked secrets go in everywhere they can; none of them may come out, in any form.
import { expect } from "chai";
import { randomBytes } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { sealEnvelope } from "../../src/passwords/seal-envelope.ts";
import { generateKey } from "../../src/passwords/generate.ts";
import { Secret } from "../../src/secret.ts";
import { formsOf } from "../support/canaries.ts";
import type { CliResult } from "../support/cli.ts";
import { useDirectory } from "../support/given-directory.ts";
import { givenJob, readJob, type GivenJob } from "../support/given.ts";
import { ringOf } from "../support/given-ring.ts";
import { useFiles, type Settings } from "../support/given-settings.ts";
import { setScene } from "../support/scene.ts";
import { wholeDatabase } from "../support/whole-database.ts";

interface Secrets {
  readonly password: string;
  readonly databasePassword: string;
  readonly pat: string;
  readonly pemLine: string;
  readonly d: string;
  readonly k: string;
  readonly pingToken: string;
  readonly pushPassword: string;
}

describe("a marked secret", () => {
  const scene = setScene();
  const file = useFiles();
  const directory = useDirectory();
  let secrets: Secrets;
  let env: Settings;
  let said: string[];

  beforeEach(async () => {
    const [ec, oct] = [await generateKey("EC"), await generateKey("oct")];
    secrets = {
      password: `Canary1!${randomBytes(9).toString("hex")}`,
      databasePassword: `canarydb${randomBytes(9).toString("hex")}`,
      pat: scene.zitadel.pat,
      pemLine: scene.zitadel.serviceKey.key.split("\n")[3] ?? "",
      d: ec.d ?? "",
      k: oct.k ?? "",
      pingToken: `canaryping${randomBytes(9).toString("hex")}`,
      pushPassword: `canarypush${randomBytes(9).toString("hex")}`,
    };
    said = [];
    env = {
      DATABASE_URL: databaseUrl(),
      PASSWORD_KEYS_FILE: file("ring.json", JSON.stringify({ keys: [ec, oct] })),
      LOG_LEVEL: "debug",
      ...watchers(),
    };
    for (const secret of Object.values(secrets)) expect(secret).to.have.length.above(15);
  });

  /** Nobody listens there, so that every run complains. */
  function watchers(): Settings {
    return {
      METRICS_DIR: directory(),
      PUSHGATEWAY_URL: `http://jobs:${secrets.pushPassword}@127.0.0.1:1/${secrets.pingToken}`,
      PING_URL: `http://jobs:${secrets.pushPassword}@127.0.0.1:1/${secrets.pingToken}`,
      OTEL_EXPORTER_OTLP_ENDPOINT: `http://jobs:${secrets.pushPassword}@127.0.0.1:1/${secrets.pingToken}`,
      OTEL_EXPORTER_OTLP_HEADERS: `api-key=${secrets.pingToken}`,
    };
  }

  function databaseUrl(change: (url: URL) => void = () => undefined): string {
    const url = new URL(scene.db.url);
    url.password = secrets.databasePassword;
    change(url);
    return url.href;
  }

  async function givenSealedJob(username: string, retryCount = 0): Promise<GivenJob> {
    const { password } = secrets;
    const ring = ringOf(...(await ringKeys()));
    const job = await givenJob(scene.db, { username, password, retryCount });
    const content = { kind: "password", value: new Secret(password) } as const;
    await setPasswordColumn(job, await sealEnvelope(content, job.id, ring));
    return job;
  }

  async function ringKeys(): Promise<object[]> {
    const text = await readFile(env["PASSWORD_KEYS_FILE"] ?? "", "utf8");
    return (JSON.parse(text) as { keys: object[] }).keys;
  }

  async function setPasswordColumn({ id }: GivenJob, value: string): Promise<void> {
    await scene.db.query(
      "update auth.queued_managed_account_creations set encrypted_password = $2 where id = $1",
      [id, value],
    );
  }

  async function run(
    change: Settings = {},
    args: readonly string[] = [],
    command: readonly string[] = ["retry-accounts"],
  ): Promise<CliResult> {
    const all = ["json", "pretty"] as const;
    const [format] = said.length % 2 === 0 ? all : all.toReversed();
    const result = await scene.cli([...command, "-v", ...args], {
      ...env,
      LOG_FORMAT: format,
      ...change,
    });
    said.push(`exit ${result.code}\n${result.stdout}\n${result.stderr}`);
    return result;
  }

  async function expectNoneIn(...more: readonly string[]): Promise<void> {
    const rows = await wholeDatabase(scene.db);
    const metrics = readdirSync(directory()).map((name) =>
      readFileSync(join(directory(), name), "utf8"),
    );
    const text = [...said, ...more, rows, ...metrics].join("\n");
    for (const [name, secret] of Object.entries(secrets)) {
      for (const form of formsOf(secret)) {
        const at = text.indexOf(form);
        const around = at < 0 ? "" : text.slice(Math.max(0, at - 80), at);
        expect({ name, at, around }).to.deep.equal({ name, at: -1, around: "" });
      }
    }
  }

  it("would be found in a row or a line, also as base64", async () => {
    const { password } = secrets;
    for (const form of [password, `x${password}`, `xy${password}z`]) {
      const job = await givenJob(scene.db, { lastErrorMessage: btoa(form), status: "failed" });

      await scene.db.query(
        "update auth.queued_managed_account_creations set full_name = $2 where id = $1",
        [job.id, password],
      );
      const rows = await wholeDatabase(scene.db);

      const found = formsOf(password).filter((part) => rows.includes(part));
      expect(found).to.include(password);
      expect(found).to.have.length.above(1);
      await scene.db.query("delete from auth.queued_managed_account_creations");
    }
  });

  it("is in no output of a run that creates, retries, fails and adopts", async () => {
    const { password } = secrets;
    await givenSealedJob("created");
    const adopted = await givenSealedJob("adopted");
    await scene.zitadel.control.addUser({ userId: adopted.id, username: "adopted" });
    const echo = `value ${password}: invalid CreateUserRequest.Password: value ${password}`;
    const answers = { transient: 13, quoting: 3, aborted: 10, odd: 2 };
    for (const [username, code] of Object.entries(answers)) {
      await givenSealedJob(username);
      await scene.zitadel.control.addFault({
        ...{ method: "CreateUser", match: { username }, kind: "grpc", code, message: echo },
      });
    }
    await givenSealedJob("id_quoting");
    await scene.zitadel.control.addFault({
      ...{ method: "CreateUser", match: { username: "id_quoting" }, kind: "grpc", code: 13 },
      id: `${password}-x`,
    });
    await givenSealedJob("proxied");
    await scene.zitadel.control.addFault({
      ...{ method: "CreateUser", match: { username: "proxied" }, kind: "http", status: 403 },
      body: echo,
    });
    const plain = await givenSealedJob("undecryptable");
    await setPasswordColumn(plain, password);
    const cut = await givenSealedJob("tampered");
    await setPasswordColumn(cut, `${btoa(password).replaceAll("=", "")}.a.b.c.d`);

    // One after the other: in another order five faults in a row could open the breaker.
    const { code, stdout } = await run({}, ["--json", "--concurrency", "1"]);

    expect(code).to.equal(0);
    const {
      created,
      adopted: taken,
      retried,
      failed,
    } = JSON.parse(stdout) as Record<string, number>;
    expect({ created, taken, retried, failed }).to.deep.equal({
      ...{ created: 1, taken: 1, retried: 5, failed: 3 },
    });
    await expectNoneIn();
  });

  it("is in no output of a run that Zitadel refuses", async () => {
    await givenSealedJob("refused");
    const message = `${secrets.password} ${secrets.pat} ${secrets.pemLine}`;
    const token = { ZITADEL_KEY: undefined, ZITADEL_TOKEN: secrets.pat };
    const withToken = { ...token, ZITADEL_ORG_ID: scene.zitadel.orgId };
    const { control } = scene.zitadel;

    await control.addFault({ method: "CreateUser", kind: "grpc", code: 7, message });
    const forbidden = [await run(), await run(withToken)];
    await control.setFaults([{ method: "*", kind: "grpc", code: 16, message }]);
    const unauthenticated = [await run(), await run(withToken)];
    await control.setFaults([{ method: "token", kind: "http", status: 400, body: message }]);
    const noToken = [await run()];
    await control.setFaults([
      { method: "token", kind: "http", status: 401, body: JSON.stringify({ error: message }) },
    ]);
    const oauthError = [await run()];
    await control.setFaults([]);
    await control.changeSettings({ profile: "head", serviceKeyValid: false });
    await control.revokeTokens({ alsoPat: true });
    const revoked = [await run(), await run(withToken)];

    const runs = [forbidden, unauthenticated, noToken, oauthError, revoked].flat();
    expect(runs.map(({ code }) => code)).to.deep.equal(runs.map(() => 77));
    await expectNoneIn();
  });

  it("is in no output of a run that finds Zitadel or Postgres unavailable, or is asked to wait", async () => {
    await givenSealedJob("waiting");
    const { control } = scene.zitadel;
    const message = `${secrets.password} ${secrets.pat}`;
    const elsewhere = databaseUrl((url) => (url.port = "1"));

    await control.setFaults([{ method: "CreateUser", kind: "grpc", code: 14, message }]);
    const unavailable = await run({}, ["--job", (await onlyJob()).id]);
    await control.setFaults([{ method: "CreateUser", kind: "hang" }]);
    const hanging = await run({ ZITADEL_TIMEOUT: "1s" }, ["--job", (await onlyJob()).id]);
    await control.setFaults([{ method: "token", kind: "garbage-json" }]);
    const garbage = await run();
    await control.setFaults([]);
    await control.setDown(true);
    const down = await run({}, ["--job", (await onlyJob()).id]);
    await control.setDown(false);
    const noPostgres = await run({ DATABASE_URL: elsewhere });
    await control.setFaults([{ method: "*", kind: "http", status: 429, body: message }]);
    const limited = await run({}, ["--job", (await onlyJob()).id]);

    const codes = [unavailable, hanging, garbage, down, noPostgres, limited].map(
      ({ code }) => code,
    );
    expect(codes.slice(3)).to.deep.equal([69, 69, 75]);
    expect(codes).not.to.include(70);
    await expectNoneIn();
  });

  function onlyJob(): Promise<{ id: string }> {
    return scene.db.one<{ id: string }>("select id from auth.queued_managed_account_creations");
  }

  it("is in no message about the settings", async () => {
    await givenSealedJob("untouched");
    const { password, pat, pemLine, d, k } = secrets;
    const ring = (...keys: object[]) => ({
      ...{ PASSWORD_KEYS_FILE: undefined, PASSWORD_KEYS: JSON.stringify({ keys }) },
    });
    const { serviceKey } = scene.zitadel;
    const [ec = {}] = await ringKeys();
    const noDatabase = databaseUrl((url) => (url.pathname = "/no_such_database"));
    const wrong: readonly Settings[] = [
      { ZITADEL_TOKEN: pat },
      { ZITADEL_KEY: undefined, ZITADEL_TOKEN: pat },
      { ZITADEL_KEY: undefined, ZITADEL_TOKEN: `${pat} ${pat}`, ZITADEL_ORG_ID: "1" },
      { ZITADEL_KEY: undefined, ZITADEL_TOKEN_FILE: pat, ZITADEL_ORG_ID: "1" },
      { ZITADEL_KEY: pemLine },
      { ZITADEL_KEY: serviceKey.key },
      { ZITADEL_KEY: undefined, ZITADEL_KEY_FILE: JSON.stringify(serviceKey) },
      { ZITADEL_KEY: JSON.stringify({ ...serviceKey, type: "application" }) },
      { ZITADEL_KEY: JSON.stringify({ ...serviceKey, key: `${pemLine}\n${pemLine}` }) },
      { ZITADEL_KEY: JSON.stringify({ ...serviceKey, expirationDate: "2020-01-01T00:00:00Z" }) },
      { ZITADEL_KEY: JSON.stringify(serviceKey).slice(0, -20) },
      { PASSWORD_KEYS_FILE: undefined, PASSWORD_KEYS: k },
      { PASSWORD_KEYS_FILE: k },
      { PASSWORD_KEYS_FILE: `{"keys":[{"d":"${d}","k":"${k}"}]}` },
      ring({ kty: "oct", kid: "a", k: `${k}AAAA` }),
      ring({ kty: "oct", kid: "a", alg: d, k: `${k}AAAA` }),
      ring({ ...ec, kty: "RSA" }),
      ring({ ...ec, crv: "P-384" }),
      ring({ ...ec, x: d }),
      ring({ ...ec, d: `${d}AAAA` }),
      ring(ec, ec),
      { DATABASE_URL: undefined, DATABASE_URL_FILE: databaseUrl() },
      { DATABASE_URL: databaseUrl().replace("postgres", "mysql") },
      { DATABASE_URL: databaseUrl().replace("@", "@ ") },
      { DATABASE_URL: `${databaseUrl()}&sslmode=sometimes` },
      { DATABASE_URL: `${databaseUrl()}&sslmode=verify-full&sslrootcert=/not/there` },
      { DATABASE_URL: noDatabase },
      { DATABASE_URL: databaseUrl((url) => (url.username = "no_such_user")) },
      { DATABASE_URL: `${databaseUrl()} ${password}` },
      { RETRY_LEASE: "soon", LOG_LEVEL: "loud", ZITADEL_TOKEN: pat },
      { METRICS_DIR: secrets.pingToken },
      { METRICS_DIR: `https://jobs:${secrets.pushPassword}@push:9091` },
      { PUSHGATEWAY_URL: secrets.pushPassword },
      { PUSHGATEWAY_URL: `${env["PUSHGATEWAY_URL"]}?key=${secrets.pingToken}` },
      { PUSHGATEWAY_URL: undefined, PUSHGATEWAY_URL_FILE: env["PUSHGATEWAY_URL"] },
      { PING_URL: secrets.pingToken },
      { PING_URL: `http://a%:${secrets.pushPassword}@hc/${secrets.pingToken}` },
      { PING_URL_FILE: env["PING_URL"] },
      { OTEL_EXPORTER_OTLP_ENDPOINT: secrets.pingToken },
      { OTEL_EXPORTER_OTLP_HEADERS: secrets.pingToken },
      { OTEL_EXPORTER_OTLP_HEADERS: `api key=${secrets.pushPassword}` },
    ];

    const results = await Promise.all(wrong.map((settings) => run(settings, ["--wait", "19s"])));

    const codes = results.map(({ code }, index) => ({ index, code }));
    expect(codes).to.deep.equal(codes.map(({ index }) => ({ index, code: 78 })));
    expect(await scene.zitadel.control.calls()).to.deep.equal([]);
    await expectNoneIn();
  });

  it("is in no output of a rotation, also if it skips what it cannot open", async () => {
    await givenSealedJob("rotated");
    const [plain, cut] = [await givenSealedJob("plain"), await givenSealedJob("cut")];
    await setPasswordColumn(plain, secrets.password);
    const { encryptedPassword } = await readJob(scene.db, cut.id);
    await setPasswordColumn(cut, encryptedPassword.slice(0, -2));
    const keys = (await ringKeys()).toReversed();
    const reversed = { PASSWORD_KEYS_FILE: file("reversed.json", JSON.stringify({ keys })) };

    const results = [
      await run({ ...reversed, PASSWORD_KEYS: JSON.stringify({ keys }) }, [], ["keys", "rotate"]),
      await run(reversed, ["--json"], ["keys", "rotate"]),
      await run(reversed, ["--dry-run"], ["keys", "rotate"]),
    ];

    expect(results.map(({ code }) => code)).to.deep.equal([78, 0, 0]);
    expect(JSON.parse(results[1]?.stdout ?? "")).to.include({ rotated: 1, undecryptable: 2 });
    await expectNoneIn();
  });

  it("is in no output of any other command", async () => {
    const job = await givenSealedJob("listed");
    const stdin = { stdin: `${secrets.password}\n` };
    const add = [
      "queue",
      "add",
      "--name",
      "Kim",
      "--family",
      job.familyId,
      "--created-by",
      job.id,
      ...WAIT,
    ];

    const results = await Promise.all([
      scene.cli([...add, "--username", "by_stdin", "--password-stdin", "-v"], env, stdin),
      scene.cli(
        [...add, "--username", "hashed", "--password-stdin", "--hash", "--json"],
        env,
        stdin,
      ),
      scene.cli([...add, "--username", "no name", "--password-stdin"], env, stdin),
      scene.cli(["queue", "list", "-o", "wide", "-v"], env),
      scene.cli(["queue", "list", "--json"], env),
      scene.cli(["queue", "show", job.id, "-v"], env),
      scene.cli(["queue", "show", job.id, "--json"], env),
      scene.cli(["queue", "stats", "--json"], env),
      scene.cli(["queue", "errors", "--json"], env),
      scene.cli(["runs", "-o", "wide", "-v"], env),
      scene.cli(["queue", "requeue", job.id, "-v", ...WAIT], env),
      scene.cli(["queue", "cancel", job.id, "-v", "--dry-run", ...WAIT], env),
      scene.cli(["migrate", "-v"], env),
      scene.cli(["purge-invitations", "-v"], env),
      scene.cli(["purge-jobs", "-v"], env),
      scene.cli(["queue", "erase", "--username", job.username, "--dry-run", "--wait", "9s"], env),
      scene.cli(["keys", "list", "-v"], env),
      scene.cli(["keys", "public", "--all"], env),
    ]);

    for (const { code } of results) expect([0, 1, 64]).to.include(code);
    await expectNoneIn(...results.map(({ stdout, stderr }) => stdout + stderr));
  });
});

/** All at once: one may meet another's lock. */
const WAIT = ["--wait", "20s"];

// nginx in front of Zitadel, with TLS by a private CA: what each of its refusals does to jobs. Needs Debian's nginx.
import { expect } from "chai";
import { askDoctor, expectLine } from "../support/diagnosis.ts";
import { givenJob, readJob, whenDue } from "../support/given.ts";
import { readAttempts } from "../support/rows.ts";
import { parseReport, setScene } from "../support/scene.ts";
import { startNginx, type Gateway } from "./nginx.ts";

const CREATE = "location = /zitadel.user.v2.UserService/CreateUser";

describe("behind nginx", () => {
  const scene = setScene();
  let gateway: Gateway;
  let env: Record<string, string>;

  before(async () => {
    gateway = await startNginx(Number(new URL(scene.zitadel.url).port));
  });
  after(() => gateway.stop());
  beforeEach(async () => {
    env = { ZITADEL_URL: gateway.url, ZITADEL_CA_FILE: gateway.caFile, ZITADEL_RATE: "0" };
    await gateway.configure({});
    await scene.zitadel.control.changeSettings({
      externalOrigin: gateway.url,
      extraAuthorities: [new URL(gateway.url).host],
    });
  });

  const givenJobs = async (count: number) => {
    for (let i = 0; i < count; i += 1) await givenJob(scene.db);
  };
  const accounts = () => scene.zitadel.control.listUsers();

  it("every account is created, by discovery, token and gRPC on one port", async () => {
    await givenJobs(20);

    const { code, report, stderr } = await scene.retry([], env);

    expect({ code, stderr }).to.deep.equal({ code: 0, stderr: "" });
    expect(report).to.include({ created: 20, retried: 0 });
    expect(await accounts()).to.have.length(20);
    const doctor = await askDoctor(scene, env);
    for (const name of ["discovery", "token", "create users"]) {
      expect(doctor.line(name).status, name).to.equal("ok");
    }
  });

  it("a certificate of an authority that nobody named is called that, by the run and by doctor", async () => {
    const job = await givenJob(scene.db);
    const without = { ZITADEL_URL: gateway.url };

    const { code, report } = await scene.retry([], without);
    const doctor = await askDoctor(scene, without);

    expect(code).to.equal(69);
    expect(report.reason).to.match(/certificate .*cannot be verified.*ZITADEL_CA_FILE/s);
    expect(await readJob(scene.db, job.id)).to.include({ status: "pending", retryCount: 0 });
    expectLine(doctor.line("discovery"), "fail", /certificate .* cannot be verified/, /CA_FILE/);
  });

  it("a reload in mid-run loses nothing: calls in flight end, others take a new connection", async () => {
    await givenJobs(60);
    const held = { method: "CreateUser", kind: "pause", name: "call", at: "before" } as const;
    await scene.zitadel.control.addFault({ ...held, times: 10 });
    const run = scene.start(["retry-accounts", "--json"], env);
    await scene.zitadel.control.waitForPaused({ name: "call", count: 10 });

    await gateway.reload();
    await scene.zitadel.control.release("call");
    const ended = await run.ended;

    expect(ended.code).to.equal(0);
    expect(parseReport(ended)).to.include({ created: 60, retried: 0, adopted: 0 });
    expect(await accounts()).to.have.length(60);
  });

  it("a connection that nginx ends after some requests, or when it is idle, is opened again", async () => {
    await gateway.configure({ server: "keepalive_requests 20; keepalive_timeout 1s;" });
    await givenJobs(100);

    const { code, report } = await scene.retry([], env);

    expect(code).to.equal(0);
    expect(report).to.include({ created: 100, retried: 0 });
    expect(await accounts()).to.have.length(100);
  });

  for (const status of [502, 503, 504]) {
    it(`HTTP ${status} with a page of HTML, before the run has begun, is an outage: no retry is used up`, async () => {
      await gateway.configure({ http: `return ${status};` });
      const job = await givenJob(scene.db);

      const { code, report } = await scene.retry([], env);

      expect(code).to.equal(69);
      expect(report).to.include({ outcome: "unavailable", claimed: 0 });
      expect(report.reason).to.include(`HTTP ${status}`);
      expect(await readJob(scene.db, job.id)).to.include({ status: "pending", retryCount: 0 });
    });

    it(`HTTP ${status} to a creation uses up a retry of the jobs in flight, and then the run stops`, async () => {
      await gateway.configure({ server: `${CREATE} { return ${status}; }` });
      await givenJobs(30);

      const { code, report } = await scene.retry(["--concurrency", "2"], env);

      expect(code).to.equal(69);
      expect(report).to.include({ outcome: "unavailable", created: 0, failed: 0 });
      expect(report.retried).to.be.within(5, 7);
      await gateway.configure({});
      const [attempt] = await scene.db.query(
        "select error_code as code, grpc_code as grpc, message from family_hub_jobs.attempts limit 1",
      );
      expect(attempt).to.include({ code: "unavailable", grpc: 14 });
    });
  }

  it("Zitadel gone behind it is an outage, and the next runs continue by themselves", async () => {
    const job = await givenJob(scene.db);
    await scene.zitadel.control.setDown(true);

    const gone = await scene.retry([], env);
    await scene.zitadel.control.setDown(false);
    const back = await scene.retry([], env);

    expect(gone.code).to.equal(69);
    expect(back.code).to.equal(0);
    expect(back.report).to.include({ created: 1 });
    expect(await readJob(scene.db, job.id)).to.include({ status: "completed", retryCount: 0 });
  });

  it("limit_req's HTTP 429 stops the run without using up a retry, and the next one continues", async () => {
    await gateway.configure({
      server: `${CREATE} { limit_req zone=calls; grpc_set_header Host $http_host; grpc_pass grpc://127.0.0.1:${new URL(scene.zitadel.url).port}; }`,
    });
    await givenJobs(10);

    const limited = await scene.retry(["--concurrency", "1"], env);
    await gateway.configure({});
    const next = await scene.retry([], env);

    expect(limited.code).to.equal(75);
    expect(limited.report).to.include({ outcome: "stopped", created: 1, retried: 0, failed: 0 });
    expect(limited.report.reason).to.match(/429/);
    expect(next.code).to.equal(0);
    expect(next.report).to.include({ created: 9 });
    expect(await accounts()).to.have.length(10);
  });

  it("a time limit of nginx's leaves an account that the next try adopts", async () => {
    await gateway.configure({ grpc: "grpc_read_timeout 1s;" });
    const job = await givenJob(scene.db);
    await scene.zitadel.control.setFaults([
      { method: "CreateUser", kind: "hang", commit: true, times: 1 },
    ]);

    const first = await scene.retry([], env);
    await whenDue(scene.db);
    const second = await scene.retry([], env);

    expect(first.report).to.include({ retried: 1, created: 0 });
    expect(second.report).to.include({ adopted: 1 });
    expect(await readAttempts(scene.db, job.id)).to.have.length(2);
    expect(await accounts()).to.have.length(1);
  });

  it("client_max_body_size is met by no job: what is sent is below its smallest sensible value", async () => {
    await gateway.configure({ server: "client_max_body_size 4k;" });
    await givenJob(scene.db, { fullName: "Kim ".repeat(25).trim() });

    const { code, report } = await scene.retry([], env);

    expect(code).to.equal(0);
    expect(report).to.include({ created: 1 });
  });

  it("HTTP 413 is tried again, as the account may not exist, and fails in the end with its cause", async () => {
    await gateway.configure({ server: `${CREATE} { return 413; }` });
    const job = await givenJob(scene.db, { retryCount: 4 });

    const first = await scene.retry([], env);
    await whenDue(scene.db);
    const last = await scene.retry([], env);

    expect([first.report.retried, last.report.failed]).to.deep.equal([1, 1]);
    expect(await readJob(scene.db, job.id)).to.include({ status: "failed", retryCount: 5 });
    expect(await accounts()).to.deep.equal([]);
  });

  for (const status of [401, 403]) {
    it(`HTTP ${status} for everything ends with 77, and no retry is used up`, async () => {
      await gateway.configure({ grpc: `return ${status};` });
      const job = await givenJob(scene.db);

      const { code, report } = await scene.retry([], env);

      expect(code).to.equal(77);
      expect(report).to.include({ outcome: "refused" });
      expect(report.reason).to.include(`HTTP ${status}`);
      expect(await readJob(scene.db, job.id)).to.include({ status: "pending", retryCount: 0 });
    });
  }
});

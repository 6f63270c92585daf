// queue errors: failed and retrying jobs by cause, each with what to do about it.
import { expect } from "chai";
import { VARIANTS } from "../support/family-hub-schemas.ts";
import { givenJob, type GivenJob, type JobFields } from "../support/given.ts";
import { givenAttempt, type AttemptFields } from "../support/given-ledger.ts";
import { everything, moment } from "../support/rows.ts";
import { setScene, type Scene } from "../support/scene.ts";

interface ErrorJson {
  readonly fingerprint: string;
  readonly failed: number;
  readonly requeueable: number;
  readonly waiting: number;
  readonly firstSeenAt: string | null;
  readonly lastSeenAt: string | null;
  readonly sampleJobId: string;
  readonly [field: string]: unknown;
}

const KEYS = [
  ...["fingerprint", "code", "grpcCode", "zitadelErrorId", "failed", "requeueable", "waiting"],
  ...["firstSeenAt"],
  ...["lastSeenAt", "sampleJobId", "sampleMessage", "suggestion", "advice"],
];

const errors = async (scene: Scene) =>
  (await scene.json<{ errors: ErrorJson[] }>(["queue", "errors"])).errors;

/** A job whose last error is that of its last attempt. */
async function givenTroubled(
  scene: Scene,
  job: JobFields,
  attempt: AttemptFields & { readonly errorCode: string },
): Promise<GivenJob> {
  const given = await givenJob(scene.db, { lastErrorCode: attempt.errorCode, ...job });
  await givenAttempt(scene.db, given.id, attempt);
  return given;
}

const SQL_FAULT = { errorCode: "internal", grpcCode: 13, zitadelErrorId: "SQL-KyeAx" } as const;

for (const variant of VARIANTS) {
  describe(`queue errors on the ${variant} database`, () => {
    const scene = setScene(variant);

    it("groups by the cause of the last attempt, most failed jobs first", async () => {
      const failed = { status: " Failed", retryCount: 5 };
      await givenTroubled(scene, failed, {
        ...{ ...SQL_FAULT, finishedAt: "'2026-01-02T03:04:05Z'" },
      });
      const latest = await givenTroubled(
        scene,
        { ...failed, updatedAt: moment(variant, "1 second"), lastErrorMessage: "no page" },
        { ...SQL_FAULT, finishedAt: "'2026-01-04T03:04:05Z'" },
      );
      await givenTroubled(
        scene,
        { nextRetryAt: moment(variant, "1 minute"), retryCount: 2 },
        { ...SQL_FAULT, outcome: "retried", finishedAt: "'2026-01-03T03:04:05Z'" },
      );
      const taken = await givenJob(scene.db, { status: "failed", lastErrorCode: "username_taken" });
      await givenJob(scene.db);
      await givenJob(scene.db, { status: "completed", lastErrorCode: "timeout" });

      const found = await errors(scene);

      expect(found.map((error) => Object.keys(error))).to.deep.equal([KEYS, KEYS]);
      expect(found).to.deep.equal([
        {
          ...{ fingerprint: "internal/13/SQL-KyeAx", code: "internal", grpcCode: 13 },
          ...{ zitadelErrorId: "SQL-KyeAx", failed: 2, requeueable: 2, waiting: 1 },
          ...{ firstSeenAt: "2026-01-02T03:04:05.000Z", lastSeenAt: "2026-01-04T03:04:05.000Z" },
          ...{ sampleJobId: latest.id, sampleMessage: "no page", suggestion: "requeue" },
          advice:
            "once Zitadel is healthy, `fhj queue requeue --error internal/13/SQL-KyeAx --verified`",
        },
        {
          ...{ fingerprint: "username_taken", code: "username_taken", grpcCode: null },
          ...{
            zitadelErrorId: null,
            failed: 1,
            requeueable: 1,
            waiting: 0,
            firstSeenAt: null,
            lastSeenAt: null,
          },
          ...{ sampleJobId: taken.id, sampleMessage: null, suggestion: "add" },
          advice:
            "free the name, then `fhj queue requeue --error username_taken --verified`; or `queue add` a job with another name",
        },
      ]);
    });
  });
}

describe("queue errors", () => {
  const scene = setScene();

  it("goes by the last attempt that was the job's own, and by the row where that disagrees", async () => {
    const failed = { status: "failed" };
    const other = await givenTroubled(scene, failed, { errorCode: "timeout", grpcCode: 4 });
    await givenAttempt(scene.db, other.id, {
      ...{ outcome: "deferred", errorCode: "rate_limited", grpcCode: 8 },
    });
    const gaveUp = await givenTroubled(
      scene,
      { ...failed, lastErrorCode: "canceled" },
      { ...SQL_FAULT, outcome: "retried" },
    );

    const found = await errors(scene);

    expect(found.map(({ fingerprint, sampleJobId }) => [fingerprint, sampleJobId])).to.deep.equal([
      ["canceled", gaveUp.id],
      ["timeout/4", other.id],
    ]);
  });

  it("has a group for what an older worker failed without naming a cause", async () => {
    await givenJob(scene.db, { status: "failed", lastErrorMessage: "something" });
    await givenJob(scene.db, { retryCount: 1, lastErrorMessage: "something" });

    const [group, ...others] = await errors(scene);

    expect(others).to.deep.equal([]);
    expect(group).to.include({
      ...{ fingerprint: "no_code", code: null, failed: 1, waiting: 1, suggestion: "look" },
    });
  });

  it("advises no requeue where no password is left", async () => {
    const failed = { status: "failed", lastErrorCode: "timeout", encryptedPassword: "" };
    const { id } = await givenJob(scene.db, failed);

    const [group] = await errors(scene);
    const { stdout } = await scene.cli(["queue", "errors"]);

    expect(group).to.include({ failed: 1, requeueable: 0, sampleJobId: id, suggestion: "add" });
    expect(stdout).not.to.include("queue requeue");
  });

  it("sees what a run met, and suggests nothing while all the jobs are tried again", async () => {
    const job = await givenJob(scene.db);
    await scene.zitadel.control.addFault({ method: "CreateUser", kind: "grpc", code: 13 });
    await scene.retry();

    const [group] = await errors(scene);

    expect(group).to.include({
      ...{ fingerprint: "internal/13", failed: 0, waiting: 1, sampleJobId: job.id },
      suggestion: "wait",
    });
    expect(group?.firstSeenAt).to.equal(group?.lastSeenAt);
    expect(group?.firstSeenAt).to.match(/^\d{4}-.*Z$/);
  });

  it("is a table for people, with the advice last; one object or one name a line for scripts", async () => {
    const { id } = await givenTroubled(scene, { status: "failed" }, SQL_FAULT);

    const [table, jsonl, name] = await Promise.all(
      ["table", "jsonl", "name"].map((format) => scene.cli(["queue", "errors", "-o", format])),
    );

    const [head, line, ...rest] = table?.stdout.split("\n") ?? [];
    expect(head).to.match(
      /^ERROR +FAILED +WAITING +FIRST-SEEN +LAST-SEEN +SAMPLE +MESSAGE +WHAT-TO-DO$/,
    );
    expect(line).to.match(
      new RegExp(
        `^internal/13/SQL-KyeAx +1 +0 +\\d{4}-\\S+ +\\d{4}-\\S+ +${id} +<none> +once Zitadel is healthy`,
      ),
    );
    expect(rest).to.deep.equal([""]);
    expect(Object.keys(JSON.parse(jsonl?.stdout ?? "") as object)).to.deep.equal(KEYS);
    expect(name?.stdout).to.equal("internal/13/SQL-KyeAx\n");
  });

  it("lets no character of a foreign code or error ID move the cursor", async () => {
    await givenTroubled(
      scene,
      { status: "failed" },
      { errorCode: "odd\u001b[2J", grpcCode: 2, zitadelErrorId: "ID\r\n\u202e9" },
    );

    const [table, name] = [
      await scene.cli(["queue", "errors"]),
      await scene.cli(["queue", "errors", "-o", "name"]),
    ];

    expect(table.stdout.trimEnd().split("\n")).to.have.length(2);
    expect(table.stdout).to.include("odd [2J/2/ID 9");
    expect(name.stdout).to.equal("odd [2J/2/ID 9\n");
  });

  it("changes nothing and says the same twice", async () => {
    await givenTroubled(scene, { status: "failed" }, SQL_FAULT);
    const before = await everything(scene.db);

    const [first, second] = [await errors(scene), await errors(scene)];

    expect(second).to.deep.equal(first);
    expect(await everything(scene.db)).to.deep.equal(before);
  });

  it("prints nothing when nothing went wrong, in JSON an empty list", async () => {
    await givenJob(scene.db);

    expect(await scene.cli(["queue", "errors"])).to.deep.equal({ code: 0, stdout: "", stderr: "" });
    expect(await errors(scene)).to.deep.equal([]);
  });
});

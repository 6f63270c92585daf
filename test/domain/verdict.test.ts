// Verdicts on a job's account: for which of them a requeue helps, and the advice for an operator.
import { expect } from "chai";
import { ERROR_CODES } from "../../src/domain/failure.ts";
import { adviceFor } from "../../src/domain/cause.ts";
import {
  DIFFERENCES,
  type AccountLookup,
  type Difference,
} from "../../src/domain/account-lookup.ts";
import type { JudgedJob } from "../../src/domain/verdict-advice.ts";
import {
  canBeRequeued,
  judgeByFamilyHub,
  judgeByLookup,
  unknown,
} from "../../src/domain/verdict.ts";

const ID = "11111111-1111-4111-8111-111111111111";
const DELETE = /\b(delete|remove|erase) (it|the account|that account)/;
const OURS = { kind: "ours", zitadelUserId: ID, note: null } as const;
const ABSENT = { kind: "absent", doubtful: false, nameOpen: false } as const;
const TAKEN: AccountLookup = { kind: "name-held", zitadelUserId: "7", orgId: "9" };
const MISMATCH: AccountLookup = { kind: "id-held", difference: "username" };
const STATUSES = ["pending", "processing", "completed", "failed", "archived"];

function job(change: Partial<JudgedJob> = {}): JudgedJob {
  return {
    ...{ id: ID, status: "failed", retryCount: 5, erased: false, invalidity: null, holder: null },
    cause: { code: "timeout", grpcCode: 4, zitadelErrorId: null },
    ...change,
  };
}

const causedBy = (code: string | null, zitadelErrorId: string | null = null) =>
  job({ cause: { code, grpcCode: null, zitadelErrorId } });

describe("a verdict", () => {
  it("lets only failed jobs that are there in full be requeued, whose account exists or may", () => {
    for (const status of STATUSES) {
      for (const erased of [true, false]) {
        const one = job({ status, erased });
        const helped = [OURS, ABSENT, TAKEN, MISMATCH].map(
          (lookup) => judgeByLookup(one, lookup).requeueable,
        );
        const may = status === "failed" && !erased;
        expect(helped, `${status} ${erased}`).to.deep.equal([may, may, false, false]);
        expect(canBeRequeued(one)).to.equal(may);
      }
    }
  });

  it("advises a requeue by the job's id exactly where it says that one helps", () => {
    const jobs = [
      ...ERROR_CODES.map((code) => causedBy(code)),
      ...[causedBy(null), job({ retryCount: 9 }), job({ invalidity: "The full name is blank" })],
      ...[
        job({ erased: null }),
        job({ erased: true }),
        causedBy("invalid_argument", "CRYPT-2xK7d"),
      ],
    ];

    for (const one of jobs) {
      for (const lookup of [OURS, ABSENT, TAKEN, MISMATCH]) {
        const { advice, requeueable } = judgeByLookup(one, lookup);
        expect(advice.includes(`\`queue requeue ${ID}\``), advice).to.equal(requeueable);
      }
    }
  });

  it("never advises to delete an account that may be the job's own", () => {
    const differences = Object.keys(DIFFERENCES) as Difference[];
    const held = differences.map((difference) => ({ kind: "id-held", difference }) as const);
    for (const code of ERROR_CODES) {
      expect(adviceFor({ code, grpcCode: null, zitadelErrorId: null }).advice).to.not.match(DELETE);
      for (const status of STATUSES) {
        for (const erased of [true, false]) {
          for (const invalidity of [null, "The full name is blank"]) {
            const one = { ...causedBy(code), status, erased, invalidity };
            for (const lookup of [OURS, ABSENT, TAKEN, ...held]) {
              const { advice } = judgeByLookup(one, lookup);
              expect(advice, `${code} ${status} ${lookup.kind}`).to.not.match(DELETE);
            }
          }
        }
      }
    }
  });

  it("says of the account what its owner should know, and whose a taken name is", () => {
    const note = "the account exists, but it is locked in Zitadel";

    const ours = judgeByLookup(job(), { ...OURS, note });
    const taken = judgeByLookup(job(), TAKEN);

    expect(ours.advice).to.match(
      /^`queue requeue .*: the next run adopts the account; the account/,
    );
    expect(ours.advice).to.include(note);
    expect(taken.advice).to.match(/^its user is in organization 9: /);
  });

  it("says in what an account with the job's id is not the job's", () => {
    for (const [difference, words] of Object.entries(DIFFERENCES)) {
      const lookup = { kind: "id-held", difference: difference as Difference } as const;
      expect(judgeByLookup(job(), lookup)).to.deep.equal({
        ...{ verdict: "mismatch", zitadelUserId: ID, requeueable: false },
        advice: `${words}: \`queue add\` a new job, which gets another ID`,
      });
    }
  });

  it("doubts a free name only where it was refused and nobody could be searched for", () => {
    const refused = causedBy("internal", "V3-DKcYh");

    const open = judgeByLookup(refused, { ...ABSENT, nameOpen: true });
    const free = judgeByLookup(refused, ABSENT);

    expect(open.advice).to.include("if the name is refused again");
    expect(free.advice).to.equal(`\`queue requeue ${ID}\``);
  });

  it("promises no account to a waiting job whose name or ID was refused, if no user with it is seen", () => {
    const name = { ...causedBy("internal", "V3-DKcYh"), status: "pending" };
    const id = { ...causedBy("unknown", "COMMAND-7yiox1isql"), status: "pending" };

    const open = [
      judgeByLookup(name, { ...ABSENT, nameOpen: true }),
      judgeByLookup(id, ABSENT),
    ].map(({ advice }) => advice);
    const free = judgeByLookup(name, ABSENT);

    expect(open[0]).to.match(/^nothing: the next try creates the account; if the name is refused/);
    expect(open[1]).to.match(/^nothing: the next try creates the account; if the ID is refused/);
    expect(free.advice).to.equal("nothing: the next try creates the account");
  });

  it("agrees with the causes: what would fail again is added again", () => {
    const again = ERROR_CODES.filter((code) => !judgeByLookup(causedBy(code), ABSENT).requeueable);

    expect(again).to.deep.equal(["invalid_argument", "undecryptable"]);
    for (const code of again) {
      expect(judgeByLookup(causedBy(code), ABSENT).advice).to.include(`(${code}): \`queue add\``);
      // A new job of the name would meet the account.
      expect(judgeByLookup(causedBy(code), OURS).advice).to.include("rename and deactivate");
    }
  });

  it("names what is to be set up first, where Zitadel's operator can lift the refusal", () => {
    const { advice, requeueable } = judgeByLookup(
      causedBy("invalid_argument", "CRYPT-2xK7d"),
      ABSENT,
    );

    expect(advice).to.equal(`once Zitadel accepts such password hashes: \`queue requeue ${ID}\``);
    expect(requeueable).to.equal(true);
  });

  it("is that of FamilyHub where another user of its own has the name, unless the job is done", () => {
    const holder = { zitadelUserId: "9" };

    const verdicts = STATUSES.map((status) => judgeByFamilyHub(job({ status, holder })));

    expect(verdicts.map((one) => one?.verdict ?? null)).to.deep.equal([
      ...["username_taken", "username_taken", null, "username_taken", "username_taken"],
    ]);
    expect(verdicts[3]).to.include({ zitadelUserId: "9", requeueable: false });
    expect(judgeByFamilyHub(job())).to.equal(null);
  });

  it("says to fix an impossible row before anything else", () => {
    for (const lookup of [OURS, ABSENT, TAKEN, MISMATCH]) {
      const { advice } = judgeByLookup(job({ retryCount: 9 }), lookup);
      expect(advice).to.equal("fix the row in the database: its retry_count is 9, which runs skip");
    }
  });

  it("is unknown with the reason where there was no answer", () => {
    expect(unknown("not asked: SIGINT")).to.deep.equal({
      ...{ verdict: "unknown", zitadelUserId: null, requeueable: false },
      advice: "not asked: SIGINT; ask again",
    });
  });
});

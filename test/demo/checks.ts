// What must hold at the end, read from both databases: one line each.
import { same, type Check } from "./check.ts";
import { accountChecks } from "./checks-of-accounts.ts";
import { troubleChecks } from "./checks-of-trouble.ts";
import { readColumn } from "./look-inside.ts";
import type { Narrator } from "./narrator.ts";
import type { Stage } from "./stage.ts";
import type { Evidence } from "./story.ts";

export async function runChecks(
  evidence: Evidence,
  stage: Stage,
  narrator: Narrator,
): Promise<boolean> {
  narrator.heading("Checked in Postgres and in Zitadel");
  let failed = 0;
  const checks = [
    ...accountChecks(evidence, stage),
    ...troubleChecks(evidence, stage),
    ...otherChecks(evidence, stage),
  ];
  for (const { title, holds } of checks) {
    const fault = await holds().then(
      () => null,
      (error: Error) => error.message,
    );
    narrator.verdict(title, fault);
    if (fault !== null) failed += 1;
  }
  narrator.say(
    failed === 0
      ? `All ${checks.length} checks passed.`
      : `${failed} of ${checks.length} checks failed.`,
  );
  return failed === 0;
}

function otherChecks({ invitations, before, after }: Evidence, { db, shell }: Stage): Check[] {
  return [
    {
      title:
        "exactly the invitation that expired 40 days ago was deleted, the other three are there",
      holds: async () => {
        const left = await readColumn(
          db,
          "select invitation_id from auth.family_member_invitations",
        );
        const { live, lapsed, accepted } = invitations;
        same(left.sort(), [live, lapsed, accepted].sort());
      },
    },
    {
      title: "running every command a second time changed no row and no account",
      holds: async () => same(after, before),
    },
    {
      title: "every command ended with exit code 0",
      holds: async () => {
        const bad = shell.history.filter(({ code }) => code !== 0);
        same(
          bad.map(({ args, code }) => `${args.join(" ")} -> ${code}`),
          [],
        );
      },
    },
  ];
}

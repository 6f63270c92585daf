// Runs every check, even after one failed, and reports all results at the end.
import { describeBug } from "../bug-report.ts";
import { DatabaseUnavailable, ExpectedError } from "../errors.ts";
import {
  CONNECTION,
  fail,
  GROUPS,
  skip,
  type Check,
  type CheckStatus,
  type Finding,
  type Group,
  type DoctorContext,
} from "./check.ts";
import { splitAdvice } from "./advice.ts";

export interface Checked extends Finding {
  readonly name: string;
  readonly group: Group;
}

export interface Diagnosis {
  /** The worst result; skipped checks do not count. */
  readonly outcome: Exclude<CheckStatus, "skip">;
  readonly checks: readonly Checked[];
}

type Lane = (typeof GROUPS)[Group];

/** Changes nothing. Never throws for what it finds. */
export async function diagnose(
  context: DoctorContext,
  checks: readonly Check[],
): Promise<Diagnosis> {
  const lanes = [...new Set(Object.values(GROUPS))];
  const results = await Promise.all(lanes.map((lane) => workLane(lane, context, checks)));
  const found = new Map(results.flatMap((lane) => [...lane]));
  const all = checks.flatMap((check) => found.get(check) ?? []);
  const statuses = all.map(({ status }) => status);
  const outcome = (["fail", "warn"] as const).find((status) => statuses.includes(status)) ?? "ok";
  return { outcome, checks: all };
}

async function workLane(
  lane: Lane,
  context: DoctorContext,
  checks: readonly Check[],
): Promise<Map<Check, readonly Checked[]>> {
  const found = new Map<Check, readonly Checked[]>();
  /** Checks that others depend on, and what hides them. */
  const hidden = new Map<string, string>();
  for (const check of checks.filter(({ group }) => GROUPS[group] === lane)) {
    const hiding = hiddenBy(check, context, hidden);
    const { findings, lost } =
      hiding === null ? await examine(check, context) : hiddenFinding(hiding);
    const { name, group } = check;
    found.set(
      check,
      findings.map((finding) => ({ name, group, ...finding })),
    );
    if (findings.some(({ status }) => status === "fail" || status === "skip")) {
      hidden.set(name, hiding ?? name);
    }
    // Each further query would wait for the whole time limit.
    if (lost && name !== CONNECTION) hidden.set(CONNECTION, `connection (lost at ${name})`);
  }
  return found;
}

interface Examination {
  readonly findings: readonly Finding[];
  readonly lost: boolean;
}

function hiddenBy(
  { settings = [], needs = [] }: Check,
  { survey }: DoctorContext,
  hidden: ReadonlyMap<string, string>,
): string | null {
  const faulty = settings.flatMap((section) => survey.faulty[section] ?? []);
  return faulty[0] ?? needs.flatMap((name) => hidden.get(name) ?? [])[0] ?? null;
}

function hiddenFinding(by: string): Examination {
  return { findings: [skip(`not checked: see ${by}`)], lost: false };
}

async function examine(check: Check, context: DoctorContext): Promise<Examination> {
  try {
    return { findings: [await check.look(context)].flat(), lost: false };
  } catch (error) {
    // Report a bug, but still run the other checks.
    if (!(error instanceof ExpectedError)) return { findings: [bug(error)], lost: false };
    const { found, fix } = splitAdvice(error.message);
    return {
      findings: [fail(found, fix ?? check.remedy ?? AGAIN)],
      lost: error instanceof DatabaseUnavailable,
    };
  }
}

const AGAIN = "fix that, then run `doctor` again";

function bug(error: unknown): Finding {
  const [what = "", ...frames] = describeBug(error).trim().split("\n");
  return fail(`not checked: ${what}`, frames.map((frame) => frame.trim()).join(" "));
}

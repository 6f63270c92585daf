// An expression of the alert rules for a Prometheus that is given no rules: what is recorded, written out.
import { alertRules } from "../support/monitoring-files.ts";

/** @returns the expression without names of recorded rules; a rule may name one before it */
export function inFull(expr: string): string {
  return alertRules().recorded.reduceRight(
    (text, rule) =>
      text.replaceAll(
        new RegExp(`${rule.record}(?:\\{([^}]*)\\})?(?:\\[(\\w+)\\])?`, "g"),
        (_, matchers?: string, range?: string) => {
          const asked = rule.expr.replace(
            /(family_hub_jobs_\w+)(?:\{([^}]*)\})?/,
            (_, name, own) => {
              const all = [matchers, own].filter((one) => one !== undefined);
              return `${name}{${all.join()}}`;
            },
          );
          // Prometheus records once a minute; only what is recorded has a range of its own.
          return `(${asked})${range === undefined ? "" : `[${range}:1m]`}`;
        },
      ),
    expr,
  );
}

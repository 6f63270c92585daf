// Splits an error message into what doctor found and its fix.

export interface Advice {
  readonly found: string;
  /** null if the message contains none. */
  readonly fix: string | null;
}

const REFUSAL = /^(Zitadel: .+?)(?:: (.+))? (\([A-Z_]+(?:, [\w.-]+)?\))\.?$/s;

/**
 * Messages name the thing, the value and then the next step, in its own sentence or after the last colon.
 * Zitadel's messages have their code after it.
 */
export function splitAdvice(message: string): Advice {
  const [, refused, remedy, code] = REFUSAL.exec(message) ?? [];
  if (refused !== undefined) return { found: `${refused} ${code}`, fix: remedy ?? null };
  const [, said, advice] =
    /^(.+?)\. ([A-Z].+)$/s.exec(message) ?? /^(.+): (.+)$/s.exec(message) ?? [];
  if (said === undefined || advice === undefined) {
    return { found: withoutStop(message), fix: null };
  }
  return { found: said, fix: withoutStop(advice) };
}

/** For a setting: `what is wrong: what is valid`, where the wrong value may be quoted. */
export function splitSettingFault(fault: string): Advice {
  const [, found, fix] = /^((?:"[^"]*"|[^"])*?): (.+)$/s.exec(fault) ?? [];
  if (found === undefined || fix === undefined) return splitAdvice(fault);
  return { found, fix: withoutStop(fix) };
}

function withoutStop(text: string): string {
  return text.replace(/\.$/, "");
}

export function plural(count: number, one: string, many = `${one}s`): string {
  return `${count} ${count === 1 ? one : many}`;
}

export function milliseconds(ms: number): string {
  return ms < 10 ? `${ms.toFixed(1)} ms` : `${Math.round(ms)} ms`;
}

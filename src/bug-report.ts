// Reports an unexpected error: what to send to the maintainers.

/** Only stack frames: the message may quote anything, including a password. */
export function describeBug(error: unknown): string {
  const { name, message, stack = "" } = error instanceof Error ? error : new Error("not an error");
  const frames = stack
    .replace(message, "")
    .split("\n")
    .filter((line) => /^\s+at /.test(line));
  const { code } = Object(error) as { code?: unknown };
  // An SQLSTATE or errno is more useful than a class name, and contains no data.
  const which =
    typeof code === "string" && /^[A-Z\d_]{1,40}$/.test(code) ? `${name} ${code}` : name;
  const what = `family-hub-jobs: a bug in the tool (${which}); please report these lines:`;
  return [what, ...frames, ""].join("\n");
}

// A command whose user may only do what the modes of files allow, also where the tests run as root.

/** @returns the command and its arguments */
export function withoutPrivileges(line: readonly string[]): [string, readonly string[]] {
  // A user who may read and write everywhere takes another's rights.
  const isRoot = process.getuid?.() === 0;
  const drop = isRoot ? ["setpriv", "--bounding-set=-all", "--inh-caps=-all"] : [];
  const [command = "", ...args] = [...drop, ...line];
  return [command, args];
}

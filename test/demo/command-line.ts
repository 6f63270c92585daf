// A command as one would type it: quoted where it must be, folded before an option where it is long.

const WIDTH = 100;
const PLAIN = /^[\w./:=@,+-]+$/;

export function commandLine(args: readonly string[], stdinFile?: string): string {
  const lines = ["family-hub-jobs"];
  for (const word of [...wordsOf(args), ...(stdinFile === undefined ? [] : [`< ${stdinFile}`])]) {
    const last = lines.at(-1) ?? "";
    if (`${last} ${word}`.length <= WIDTH) lines[lines.length - 1] = `${last} ${word}`;
    else lines.push(`    ${word}`);
  }
  return lines.join(" \\\n");
}

/** An option stays together with its value. */
function wordsOf(args: readonly string[]): string[] {
  const words: string[] = [];
  let option = "";
  for (const arg of args) {
    const word = PLAIN.test(arg) ? arg : `"${arg}"`;
    if (option !== "" && !arg.startsWith("--")) words[words.length - 1] = `${option} ${word}`;
    else words.push(word);
    option = arg.startsWith("--") ? arg : "";
  }
  return words;
}

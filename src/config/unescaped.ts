// Finds unescaped characters of a password that would change the meaning of an address.

const ESCAPES: Readonly<Record<string, string>> = {
  "#": "%23",
  "/": "%2F",
  "?": "%3F",
  "@": "%40",
};

/** For every complaint about an address. */
export const ESCAPING = `in a password ${Object.entries(ESCAPES)
  .map(([character, escape]) => `${character} must be written ${escape}`)
  .join(", ")}`;

/**
 * The first `/`, `?` or `#` ends user, password and host. Where an `@` follows later, it stood in the
 * password: of `user:12#3@host` a URL makes the host `user` and its port 12.
 * @returns such as `"#" (write %23)`; null where the address says what it means, or is wrong otherwise
 */
export function unescapedInPassword(url: string): string | null {
  // Among parameters an @ is fine.
  const address = url.replace(/\?[\w.]+=[^]*$/, "");
  const [, authority = "", rest = ""] = /^\w+:\/\/([^/?#]*)([^]*)$/.exec(address) ?? [];
  if (!rest.includes("@")) return null;
  const beforeHost = authority + rest.slice(0, rest.lastIndexOf("@"));
  const password = beforeHost.slice(beforeHost.indexOf(":") + 1);
  return [...new Set(password.match(/[#/?@]/g))]
    .map((character) => `"${character}" (write ${ESCAPES[character]})`)
    .join(" and ");
}

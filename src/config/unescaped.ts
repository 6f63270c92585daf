// Finds unescaped characters of a password that would change the meaning of an address.

const ESCAPES: Readonly<Record<string, string>> = {
  "#": "%23",
  "/": "%2F",
  "?": "%3F",
  "@": "%40",
};

/** Appended to every error about an address. */
export const ESCAPING = `in a password ${Object.entries(ESCAPES)
  .map(([character, escape]) => `${character} must be written ${escape}`)
  .join(", ")}`;

/**
 * The first `/`, `?` or `#` ends user, password and host. If an `@` follows later, it was part of the
 * password: a URL reads `user:12#3@host` as host `user` and port 12.
 * @returns such as `"#" (write %23)`; null if the address is right, or wrong in another way
 */
export function unescapedInPassword(url: string): string | null {
  // An @ among the parameters is allowed.
  const address = url.replace(/\?[\w.]+=[^]*$/, "");
  const [, authority = "", rest = ""] = /^\w+:\/\/([^/?#]*)([^]*)$/.exec(address) ?? [];
  if (!rest.includes("@")) return null;
  const beforeHost = authority + rest.slice(0, rest.lastIndexOf("@"));
  const password = beforeHost.slice(beforeHost.indexOf(":") + 1);
  return [...new Set(password.match(/[#/?@]/g))]
    .map((character) => `"${character}" (write ${ESCAPES[character]})`)
    .join(" and ");
}

// The suite's own secrets, looked for in everything that every command prints and leaves in a table.

const planted = new Map<string, readonly string[]>();

/** From now on the secret may appear nowhere, in none of the forms in which it could be hidden. */
export function plantCanary(name: string, secret: string): void {
  planted.set(name, formsOf(secret));
}

/** The password in every test's DATABASE_URL; a server that trusts everybody does not ask for it. */
export const DATABASE_PASSWORD = "database-password-5f1c";
plantCanary("the password of DATABASE_URL", DATABASE_PASSWORD);

/** Begins every access token that the emulator issues. */
export const TOKEN_PREFIX = "canary-access-token-";
plantCanary("an access token", TOKEN_PREFIX);

/** The shape of every password that the builders give to a job, and of an envelope. */
const SHAPES: readonly (readonly [string, RegExp])[] = [
  ["a job's password", /Aa1![0-9a-f]{12}/],
  ["a password's ciphertext", /eyJ[\w-]{20,}\.[\w-]*\.[\w-]+\.[\w-]+\.[\w-]+/],
  ["a private key", /BEGIN (RSA |EC )?PRIVATE KEY/],
];

/** @throws naming the secret, not showing it, and what stands before it */
export function expectNoCanary(where: string, text: string): void {
  for (const [name, forms] of planted) {
    for (const form of forms) refuse(where, name, text, text.indexOf(form));
  }
  for (const [name, shape] of SHAPES) refuse(where, name, text, text.search(shape));
}

function refuse(where: string, name: string, text: string, at: number): void {
  if (at < 0) return;
  throw new Error(`${name} leaked into ${where}, after: ${text.slice(Math.max(0, at - 120), at)}`);
}

/** As it is, in JSON, and within base64 and base64url at each of the three offsets. */
export function formsOf(secret: string): string[] {
  const encoded = [0, 1, 2].map((before) => {
    const whole = secret.slice(0, secret.length - ((secret.length + before) % 3));
    const text = Buffer.from("x".repeat(before) + whole).toString("base64");
    return text.slice(before === 0 ? 0 : before + 1);
  });
  const urls = encoded.map((text) => text.replaceAll("+", "-").replaceAll("/", "_"));
  return [...new Set([secret, JSON.stringify(secret).slice(1, -1), ...encoded, ...urls])];
}

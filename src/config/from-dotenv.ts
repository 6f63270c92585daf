// Which settings came from a .env file. A separate file, so that the parser's code is not loaded.

interface FromDotenv {
  readonly taken: ReadonlySet<string>;
  /** Settings whose value ends before a `#` that may have been part of it. */
  readonly cutOff: ReadonlySet<string>;
}

const NONE: FromDotenv = { taken: new Set(), cutOff: new Set() };
const found = new WeakMap<object, FromDotenv>();

export function rememberDotenv(env: object, names: FromDotenv): void {
  found.set(env, names);
}

export function fromDotenv(env: object): FromDotenv {
  return found.get(env) ?? NONE;
}

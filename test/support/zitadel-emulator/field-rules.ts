// The field rules of protoc-gen-validate; each answers a message in its wording, or null.

export type Violation = string | null;

export function lengthBetween(
  message: string,
  field: string,
  value: string,
  min: number,
  max: number,
): Violation {
  if (isLengthBetween(value, min, max)) return null;
  const rule = min > 0 ? `between ${min} and ${max} runes, inclusive` : `at most ${max} runes`;
  return `invalid ${message}.${field}: value length must be ${rule}`;
}

export function optionalLength(
  message: string,
  field: string,
  value: string | undefined,
  min: number,
  max: number,
): Violation {
  return value === undefined ? null : lengthBetween(message, field, value, min, max);
}

export function required(message: string, field: string, value: unknown): Violation {
  return value === undefined ? `invalid ${message}.${field}: value is required` : null;
}

export function embedded(message: string, field: string, inner: Violation): Violation {
  return inner === null
    ? null
    : `invalid ${message}.${field}: embedded message failed validation | caused by: ${inner}`;
}

/** Lengths are counted in runes; a UTF-16 length within the maximum settles most cases. */
function isLengthBetween(value: string, min: number, max: number): boolean {
  if (value.length < min) return false;
  return value.length <= max || Array.from(value).length <= max;
}

// Reads an error ID from a text: Zitadel's first step sends it in no other way.
//
// Seen on v4: an error before Zitadel knows its instance has untranslated text, over HTTP and gRPC alike, and
// not the usual detail with the ID. An unknown host name and an unreadable database are both NOT_FOUND; only
// the ID differs.

/** No instance has the host name that was called: ZITADEL_URL is wrong. */
export const INSTANCE_UNKNOWN = "QUERY-1kIjX";
/** Zitadel could not read its database for the instance. */
export const INSTANCE_UNREADABLE = "QUERY-d3fas";

/** @returns the first `ID=…`, as Zitadel prints its errors; null if there is none */
export function errorIdInText(text: string): string | null {
  const [, id] = /(?:^|[\s(])ID=([A-Za-z0-9]{1,20}-[A-Za-z0-9]{1,20})(?=\s|$)/.exec(text) ?? [];
  return id ?? null;
}

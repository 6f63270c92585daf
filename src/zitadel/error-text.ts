// Reads an error id that stands in a text: Zitadel's first step sends no other.
//
// Seen on v4: what fails before Zitadel knows its instance is answered over HTTP and gRPC alike with
// untranslated text, and without the detail that ids come in otherwise. A host that belongs to no
// instance and a database that cannot be read are both NOT_FOUND, and only the id tells them apart.

/** No instance has the host name that was called: ZITADEL_URL is wrong. */
export const INSTANCE_UNKNOWN = "QUERY-1kIjX";
/** Zitadel could not read its database for the instance. */
export const INSTANCE_UNREADABLE = "QUERY-d3fas";

/** @returns the first `ID=…` as Zitadel's errors print themselves; null where there is none */
export function errorIdInText(text: string): string | null {
  const [, id] = /(?:^|[\s(])ID=([A-Za-z0-9]{1,20}-[A-Za-z0-9]{1,20})(?=\s|$)/.exec(text) ?? [];
  return id ?? null;
}

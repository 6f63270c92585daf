// What a refusal means at an address that has worked before: an outage.
import { ADDRESS, CALLER, type Row } from "./refusals.ts";

/**
 * On first contact these mean a wrong setting. But Zitadel answers the same if its database fails in the
 * first steps of a call, and so does a proxy while Zitadel is down.
 */
export const FROM_A_KNOWN_ADDRESS: Readonly<Record<string, Row>> = {
  // Zitadel's token verifier wraps every error that it meets while reading its database.
  "16/AUTH-7fs1e": [
    "unproven",
    "unavailable",
    `${CALLER} is refused by ${ADDRESS}, which accepted it earlier in this run: if the next run is refused as well, ` +
      "look for it in Zitadel's console, and make a new one if it is missing or has expired; else Zitadel's own database failed",
  ],
  "5": [
    "unreached",
    "unavailable",
    "not found, at an address that used to work: check Zitadel's database",
  ],
  "HTTP 404": [
    "unreached",
    "unavailable",
    "a proxy answered HTTP 404, at an address that used to work",
  ],
  "7/AUTH-Bs7Ds": [
    "unreached",
    "unavailable",
    "the organization is not found any more: it was removed, or Zitadel's database fails",
  ],
};

/** For the same answer on first contact, if Zitadel reports that it cannot reach its database. */
export const NOT_READY_ROW: Row = [
  "unreached",
  "unavailable",
  "it is not ready (/debug/ready), so it refuses valid requests: check its database",
];

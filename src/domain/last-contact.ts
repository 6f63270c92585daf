// What earlier runs recorded about Zitadel's answers.

export interface Contact {
  /** ZITADEL_URL, as the runs had it. */
  readonly url: string;
  /** Of the key that logged in; null where a token was used. */
  readonly keyId: string | null;
}

export interface LastContact extends Contact {
  /** To the hour. */
  readonly at: Date;
  readonly withinADay: boolean;
}

// What earlier runs recorded about Zitadel's answers.

export interface Contact {
  /** ZITADEL_URL in those runs. */
  readonly url: string;
  /** The key that logged in; null for a token. */
  readonly keyId: string | null;
}

export interface LastContact extends Contact {
  /** Rounded to the hour. */
  readonly at: Date;
  readonly withinADay: boolean;
}

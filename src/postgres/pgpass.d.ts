// The package with which the driver reads ~/.pgpass; it has no types.
declare module "pgpass" {
  export interface Connection {
    readonly host: string;
    readonly port: number;
    readonly database?: string | undefined;
    readonly user?: string | undefined;
  }

  /** Calls back with undefined if the file is missing, may be read by others, or has no such line. */
  export default function pgpass(
    connection: Connection,
    found: (password: string | undefined) => void,
  ): void;
}

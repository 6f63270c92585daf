// The package that the driver itself reads ~/.pgpass with; it comes without types.
declare module "pgpass" {
  export interface Connection {
    readonly host: string;
    readonly port: number;
    readonly database?: string | undefined;
    readonly user?: string | undefined;
  }

  /** Calls back with undefined where the file is missing, may be read by others, or has no such line. */
  export default function pgpass(
    connection: Connection,
    found: (password: string | undefined) => void,
  ): void;
}

// A Postgres that one test file has to itself: it may be crashed, or asked to let nobody in.
import { runCli } from "./cli.ts";
import { openTestDatabase, type TestDatabase } from "./database.ts";
import { memoryFolder } from "./postgres-home.ts";
import { startPostgres, type PostgresServer } from "./postgres.ts";

export interface OwnServer {
  /** For `setScene`: starts the server, which ends when the scene drops its database. */
  readonly open: () => Promise<TestDatabase>;
  readonly postgres: PostgresServer;
}

/** @param settings of the server, such as `hba_file=/path`; the superuser must get in */
export function ownServer(settings: () => readonly string[] = () => []): OwnServer {
  let server: PostgresServer | null = null;
  return {
    open: async () => {
      const started = await startPostgres(settings(), await memoryFolder());
      server = started;
      await started.createDatabase("family_hub");
      const database = openTestDatabase("family_hub", started);
      const migrated = await runCli(["migrate"], { DATABASE_URL: database.url });
      if (migrated.code !== 0) throw new Error(migrated.stderr);
      return {
        ...database,
        drop: async () => {
          await database.drop();
          await started.stop();
        },
      };
    },
    get postgres() {
      if (server === null) throw new Error("the scene is not set yet");
      return server;
    },
  };
}

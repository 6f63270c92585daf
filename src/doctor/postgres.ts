// Checks of the Postgres server: is it reachable and writable, how fast is it, is its clock right.
import { countConnectionsLeft, readClock, readServerFacts } from "./server.sql.ts";
import { CONNECTION, fail, ok, warn, type Check } from "./check.ts";
import { milliseconds, plural } from "./advice.ts";

const OF_POSTGRES = { group: "Postgres", needs: [CONNECTION] } as const;

export const POSTGRES: Check = {
  name: CONNECTION,
  group: "Postgres",
  settings: ["database"],
  look: async (context) => {
    const db = await context.postgres();
    const facts = await readServerFacts(db);
    const tls = db.tls ?? "no TLS";
    const server = `Postgres ${facts.version}, ${tls}, database ${facts.database}, role ${facts.role}`;
    if (facts.inRecovery) {
      return fail(`${server}: a standby, in recovery`, "use the primary in DATABASE_URL");
    }
    if (facts.readOnly) {
      return fail(
        `${server}: transactions are read-only`,
        "use the primary in DATABASE_URL, or unset default_transaction_read_only for this role",
      );
    }
    if (db.tls === null && !db.local) {
      return warn(
        `${server}: anyone on the network path can read it`,
        "enable TLS on the server, then set sslmode=verify-full in DATABASE_URL",
      );
    }
    return ok(server);
  },
};

const TRIPS = 3;

export const ROUND_TRIP: Check = {
  name: "round trip",
  ...OF_POSTGRES,
  look: async (context) => {
    const db = await context.postgres();
    let bestMs = Infinity;
    for (let trip = 0; trip < TRIPS; trip += 1) {
      const startMs = performance.now();
      await readClock(db);
      bestMs = Math.min(bestMs, performance.now() - startMs);
    }
    const found = `${milliseconds(bestMs)}, the best of ${TRIPS}`;
    if (bestMs <= context.limits.roundTrip) return ok(found);
    return warn(found, "run the jobs closer to Postgres: each job needs several round trips");
  },
};

export const CLOCK: Check = {
  name: "clock",
  ...OF_POSTGRES,
  look: async (context) => {
    const db = await context.postgres();
    const [startMs, before] = [performance.now(), context.now().getTime()];
    const there = (await readClock(db)).getTime();
    // The clock was read in the middle of the round trip, give or take half of it.
    const halfMs = (performance.now() - startMs) / 2;
    const skewMs = there - before - halfMs;
    const surelyMs = Math.abs(skewMs) - halfMs;
    if (surelyMs <= context.limits.clockSkew) return ok("the same as this host's, within 5 s");
    const apart = `${Math.round(Math.abs(skewMs) / 1000)} s ${skewMs > 0 ? "behind" : "ahead of"}`;
    return warn(
      `this host's clock is ${apart} Postgres`,
      "let NTP set both clocks (timedatectl set-ntp true): jobs use Postgres's clock, logs the host's",
    );
  },
};

/** A run uses two; the third is for people who look at it in the meantime. */
const CONNECTIONS_OF_A_RUN = 3;

export const CONNECTIONS: Check = {
  name: "connections left",
  ...OF_POSTGRES,
  look: async (context) => {
    const { left, limit, most } = await countConnectionsLeft(await context.postgres());
    if (left >= CONNECTIONS_OF_A_RUN) return ok(`${left} of ${most} (${limit})`);
    return warn(
      `${plural(Math.max(0, left), "connection")} of ${most} left by ${limit}; a run needs ${CONNECTIONS_OF_A_RUN}`,
      "raise that limit, or end idle sessions: " +
        "`select pid, usename, application_name, state from pg_stat_activity order by state_change`",
    );
  },
};

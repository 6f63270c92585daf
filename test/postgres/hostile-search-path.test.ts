// Functions and operators that somebody put into a schema of the search path: none is ever called.
import { randomUUID } from "node:crypto";
import { expect } from "chai";
import pg from "pg";
import { generateKey } from "../../src/passwords/generate.ts";
import { runCli } from "../support/cli.ts";
import { emptyDatabase } from "../support/database.ts";
import { READER, asRole, runRoleFile, TOOL } from "../support/deployed-roles.ts";
import { API_SCHEMAS, VARIANTS } from "../support/family-hub-schemas.ts";
import { givenJobUnder, ringEnv } from "../support/given-keys.ts";
import { givenFamily, givenInvitation, givenJob } from "../support/given.ts";
import { givenHostileSchema, searched, wasCalled } from "../support/hostile-schema.ts";
import { givenHeld, moment } from "../support/rows.ts";
import { setScene } from "../support/scene.ts";
import { MIGRATED } from "../support/migrated.ts";

for (const variant of VARIANTS) {
  describe(`a hostile schema on the search path of the ${variant} database`, () => {
    const scene = setScene(variant);

    before(() => givenHostileSchema(scene.db));

    it("is not called by any command, although the role's settings do not keep it out", async () => {
      const [fresh, old] = [await generateKey("EC"), await generateKey("EC")];
      const env = { ...ringEnv(fresh, old), ...searched(scene.db) };
      const cli = (...args: string[]) => scene.cli(args, env);
      const long = moment(variant, "-1 year");
      const familyId = await givenFamily(scene.db);
      const waiting = await givenJobUnder(scene.db, fresh, { username: "taken_kid" });
      const dead = await givenJobUnder(scene.db, old);
      await givenHeld(scene.db, dead, "-1 second");
      await givenJob(scene.db, { status: "completed", updatedAt: long });
      await givenJobUnder(scene.db, old, { status: "failed", updatedAt: long });
      const unwanted = await givenJobUnder(scene.db, old, {
        nextRetryAt: "now() + interval '1 hour'",
      });
      await givenInvitation(scene.db, { expiresAt: "now() - interval '31 days'" });
      await scene.zitadel.control.addUser({ username: "taken_kid" });
      const again = await givenJobUnder(scene.db, old, { status: "failed" });
      const requeue = await cli("queue", "requeue", again.id, "--json");
      const { actionId } = JSON.parse(requeue.stdout) as { actionId: string };
      const add = ["queue", "add", "--name", "Kim Smith", "--generate", "--username", "new_kid"];

      const results = [
        await cli("queue", "undo", actionId),
        await cli(...add, "--family", familyId, "--created-by", randomUUID()),
        await cli("queue", "list", "-o", "wide", "--search", "kid", "--username", "new_kid"),
        await cli("queue", "list", "--error", "interrupted", "--sort", "username"),
        await cli("queue", "list", "--due", "--stuck", "--status", "processing"),
        await cli("retry-accounts", "--json", "-q"),
        await cli("queue", "show", waiting.id),
        await cli("queue", "verify", waiting.id),
        await cli("queue", "verify", "--error", "username_taken/6/V3-DKcYh", "--search", "kid"),
        await cli("queue", "errors"),
        await cli("queue", "stats", "--exact"),
        await cli("runs", "--command", "retry-accounts"),
        await cli("queue", "requeue", waiting.id),
        await cli("queue", "requeue", "--error", "username_taken", "--yes"),
        await cli("queue", "requeue", waiting.id, "--dry-run"),
        await cli("queue", "cancel", unwanted.id),
        await cli("queue", "cancel", "--username", "taken_kid", "--search", "kid", "--yes"),
        await cli("__complete", "--", "queue", "show", ""),
        await cli("keys", "list"),
        await cli("keys", "rotate", "--json"),
        await cli("purge-invitations", "--json"),
        await cli("purge-jobs", "--json"),
        await cli("queue", "erase", "--username", "taken_kid", "--yes"),
        await cli("migrate", "status", "--check"),
        await cli("doctor", "-q"),
      ];

      for (const [index, { code, stderr }] of results.entries()) {
        expect({ index, code, stderr }).to.include({ index, code: 0 });
        expect(stderr).not.to.include("hijacked");
      }
      expect(await wasCalled(scene.db)).to.equal(false);
      expect(results[5]?.stdout).to.match(/"created":2.*"failed":1/);
    });

    it("gets nothing into what migrate makes", async () => {
      const db = await emptyDatabase(variant === "own" ? undefined : API_SCHEMAS[variant]);
      await givenHostileSchema(db);

      const { code, stderr } = await runCli(["migrate"], searched(db));
      const depending = await db.query(
        `select pg_describe_object(d.classid, d.objid, d.objsubid) as object
         from pg_depend d
         left join pg_proc p on d.refclassid = 'pg_proc'::regclass and d.refobjid = p.oid
         left join pg_operator o on d.refclassid = 'pg_operator'::regclass and d.refobjid = o.oid
         where 'hostile'::regnamespace in (p.pronamespace, o.oprnamespace)
           and pg_describe_object(d.classid, d.objid, d.objsubid) not like '% hostile.%'`,
      );
      await db.drop();

      expect({ code, stderr, depending }).to.deep.equal({
        code: 0,
        stderr: MIGRATED,
        depending: [],
      });
    });
  });
}

describe("the roles of deploy/postgres/role.sql", () => {
  const scene = setScene("ef");

  before(() => runRoleFile(scene.db));

  it("search no schema, wherever they come from", async () => {
    for (const role of [TOOL, READER]) {
      const client = new pg.Client({ connectionString: asRole(scene.db, role).DATABASE_URL });
      await client.connect();

      const { rows } = await client.query("show search_path");
      await client.end();

      expect({ role, rows }).to.deep.equal({ role, rows: [{ search_path: '""' }] });
    }
  });
});

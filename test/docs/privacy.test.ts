// docs/privacy.md says of every column what it holds, and what it says holds nobody's name holds none.
import { expect } from "chai";
import { readFileSync } from "node:fs";
import { VARIANTS } from "../support/family-hub-schemas.ts";
import { givenFamily, givenInvitation, givenJob, type JobFields } from "../support/given.ts";
import { givenAttempts } from "../support/given-history.ts";
import { givenUser, readEvents } from "../support/rows.ts";
import { setScene, type Scene } from "../support/scene.ts";

const doc = readFileSync(new URL("../../docs/privacy.md", import.meta.url), "utf8");
const section = (heading: string) =>
  doc.split(/^##+ /m).find((text) => text.startsWith(heading)) ?? "";

for (const variant of VARIANTS) {
  describe(`privacy.md and the ${variant} database`, () => {
    const scene = setScene(variant);

    it("names every column of the queue and of the tool's own tables", async () => {
      const columns = await scene.db.query<{ table: string; column: string }>(
        `select table_name as table, column_name as column from information_schema.columns
         where table_name = 'queued_managed_account_creations'
            or (table_schema = 'family_hub_jobs' and table_name not like 'migrations%')`,
      );

      const queue = section("The queue");
      const memory = section("The tool's own tables").split("\n");
      const missing = columns.filter(({ table, column }) => {
        const line = memory.find((text) => text.startsWith(`| \`${table}\``));
        return !(line ?? queue).includes(`\`${column}\``);
      });
      expect(columns).to.have.length.above(50);
      expect(missing).to.deep.equal([]);
    });

    it("names every key of the events, and no event has another", async () => {
      await givenJob(scene.db, { username: "kim_smith" });
      await givenJob(scene.db, { username: "no", fullName: "Jo" });
      await scene.retry();

      const events = await readEvents(scene.db);

      const lines = section("What the tool passes").split("\n");
      const told = (what: string) =>
        lines.find((line) => line.includes(`events\`, ${what}`))?.match(/(?<=`)\w+(?=`)/g);
      expect(events.map(({ type }) => type).toSorted()).to.deep.equal([
        ...["ManagedAccountCreatedEvent", "ManagedAccountCreationFailedEvent"],
      ]);
      for (const { type, payload } of events) {
        const keys = told(type === "ManagedAccountCreatedEvent" ? "created" : "failed");
        expect(Object.keys(payload)).to.have.members(keys ?? []);
      }
    });

    it("gives statements that run, and find or delete what they say", async () => {
      const job = await givenJob(scene.db, { username: "kim_smith" });
      await givenJob(scene.db, { username: "other_kid" });
      await givenAttempts(scene.db, 2, "now()", job.id);
      await scene.retry();
      await scene.db.query(
        `update auth.family_member_invitations
         set email = null, username = ' Kim_Smith', family_id = $2
         where invitation_id = $1`,
        [await givenInvitation(scene.db), job.familyId],
      );

      const inline = [...doc.matchAll(/`(delete [^`]*|select [^`]*)`/g)];
      const blocks = [...doc.matchAll(/```sql\n([^`]*)```/g)];
      const statements = [...blocks, ...inline]
        .flatMap(([, sql = ""]) => sql.split(";"))
        .map((sql) => sql.replace("JOB-ID,…", job.id).replace("FAMILY-ID", job.familyId).trim())
        .filter((sql) => sql !== "");
      const results: [string, number][] = [];
      for (const sql of statements) {
        const rows = await scene.db.query(sql.startsWith("delete") ? `${sql} returning 1` : sql);
        results.push([sql.split(/\s/, 1)[0] ?? "", rows.length]);
      }

      expect(results).to.deep.equal([
        ...[
          ["select", 3],
          ["select", 0],
          ["delete", 1],
          ["delete", 1],
          ["select", 1],
        ],
      ]);
      const users = await scene.db.query(
        "select from auth.users where external_provider = 'zitadel' and external_user_id = $1",
        [job.id],
      );
      expect(users).to.have.length(1);
    });
  });
}

describe("a marked person", () => {
  const scene = setScene("script");
  const NAME = "Zanzibar Quetzalcoatl";
  const USERNAME = "quetzal_zz";
  const MARKS = [/zanzibar/i, /quetzal/i];

  it("comes into the queue, the users and the events, and into nothing else that is kept or said", async () => {
    const said: string[] = [];
    const run = async (...args: string[]) => {
      const env = { LOG_LEVEL: "debug", LOG_FORMAT: said.length % 2 === 0 ? "json" : "pretty" };
      const { code, stdout, stderr } = await scene.cli(args, env);
      said.push(stdout, stderr);
      expect([0, 1, 69], `${args.join(" ")}: ${stderr}`).to.include(code);
    };
    const familyId = await givenFamily(scene.db);
    await givenEveryOutcome(scene, familyId);

    for (let n = 0; n < 3; n += 1) await run("retry-accounts", "-v", "--concurrency", "2");
    const failed = await scene.db.query<{ id: string }>(
      "select id from auth.queued_managed_account_creations where status = 'failed'",
    );
    await run("queue", "requeue", ...failed.map(({ id }) => id), "--reason", "request 4711", "-v");
    await run("retry-accounts", "--json");
    await run("purge-invitations", "-v", "--json");
    const kept = await memory(scene);
    const events = await scene.db.query("select payload::text from auth.outbox_events");
    await scene.db.query(
      "update auth.queued_managed_account_creations set completed_at = now() - interval '1 year'",
    );
    await run("purge-jobs", "-v");
    await givenJob(scene.db, { username: USERNAME, fullName: NAME, familyId });
    await run("queue", "erase", "--username", USERNAME, "--yes", "-v");

    // That they would be found is seen where they must be.
    for (const mark of MARKS) expect(JSON.stringify(events)).to.match(mark);
    const everythingSaid = said.join("\n");
    expect(everythingSaid)
      .to.match(/created [1-9]/)
      .and.to.match(/job failed/);
    const outcomes = ["created", "adopted", "retried", "failed"];
    for (const outcome of outcomes) expect(kept).to.include(`"outcome": "${outcome}"`);
    for (const mark of [...MARKS, familyId]) {
      expect(everythingSaid).not.to.match(new RegExp(mark, "i"));
      expect(kept).not.to.match(new RegExp(mark, "i"));
      expect(await memory(scene)).not.to.match(new RegExp(mark, "i"));
    }
  });

  /** Each job ends in its own way, and Zitadel says the name wherever it says anything. */
  async function givenEveryOutcome(scene: Scene, familyId: string): Promise<void> {
    const { control } = scene.zitadel;
    const message = `${USERNAME} (${NAME}, ${USERNAME}@noemail.family-hub.internal) is refused`;
    let count = 0;
    const given = (fields: JobFields = {}) => {
      count += 1;
      const username = `${USERNAME}_${count}`;
      return givenJob(scene.db, { username, fullName: NAME, familyId, ...fields });
    };
    await given();
    const adopted = await given();
    await control.addUser({ userId: adopted.id, username: adopted.username });
    const taken = await given();
    await control.addUser({ userId: "somebody", username: taken.username });
    const held = await given();
    await givenUser(scene.db, { username: held.username, familyId });
    await given({ username: `${USERNAME} zz` });
    await given({ encryptedPassword: NAME });
    await given({ familyId: "6f0d1f60-0000-4000-8000-000000000000" });
    await given({ retryCount: 5, role: NAME });
    for (const code of [2, 3, 6, 9, 10, 13]) {
      const { username } = await given();
      await control.addFault({
        ...{ method: "CreateUser", match: { username }, kind: "grpc", code, message, times: 2 },
      });
    }
    const proxied = await given();
    await control.addFault({
      ...{ method: "CreateUser", match: { username: proxied.username }, kind: "http", status: 502 },
      ...{ body: message, times: 1 },
    });
    await scene.db.query(`
      create or replace function refuse() returns trigger language plpgsql as $$
      begin
        if new.username = '${(await given()).username}' then
          raise exception 'no user %, %', new.username, new.full_name;
        end if;
        return new;
      end $$;
      create trigger refuse before insert on auth.users for each row execute function refuse()`);
  }
});

/** Every row of the tool's own tables. */
async function memory(scene: Scene): Promise<string> {
  const tables = ["attempts", "runs", "operator_actions", "breaker"];
  const rows = await Promise.all(
    tables.map((name) =>
      scene.db.query<{ line: string }>(
        `select '${name} ' || to_jsonb(t)::text as line from family_hub_jobs.${name} t`,
      ),
    ),
  );
  return rows
    .flat()
    .map(({ line }) => line)
    .join("\n");
}

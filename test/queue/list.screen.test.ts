// What `queue list` looks like on terminals of several widths.
import { expect } from "chai";
import {
  fixedId,
  givenShownJob,
  givenShownJobs,
  givenThousandsMore,
} from "../support/given-screen.ts";
import { givenJob } from "../support/given.ts";
import { atTerminalOf } from "../support/at-terminal.ts";
import { startAtTerminal } from "../support/pseudo-terminal.ts";
import { openTransaction } from "../support/rows.ts";
import { withOneTime } from "../support/masked.ts";
import { setScene } from "../support/scene.ts";

describe("the screen of queue list", () => {
  const scene = setScene();
  const look = (columns: number, args: string[] = [], env = {}) =>
    atTerminalOf({ columns }, ["queue", "list", ...args], { ...scene.env, ...env });

  it("shows at 60 columns all but the retries, and names what there is no room for", async () => {
    await givenShownJobs(scene.db);

    const { text, code } = await look(60);

    expect(code).to.equal(0);
    expect(text).to.equal(
      `
ID        STATUS     NEXT    ERROR           USERNAME    AGE
dd43e5cf  pending    3m ago  <none>          kim_smith   3m
7b7b5f80  pending    in 10m  timeout         lea_from_…  5m
19b2d931  failed     <none>  username_taken  max         3h
b7ea52e2  failed     <none>  unavailable     grandma_r…  3d
5621cc93  completed  <none>  <none>          tom_1       9d
No room for RETRIES: -o wide shows all.`.slice(1),
    );
  });

  it("shows all its columns at 80", async () => {
    await givenShownJobs(scene.db);

    const { text } = await look(80);

    expect(text).to.equal(
      `
ID        STATUS     RETRIES  NEXT    ERROR           USERNAME            AGE
dd43e5cf  pending    0        3m ago  <none>          kim_smith           3m
7b7b5f80  pending    2        in 10m  timeout         lea_from_next_door  5m
19b2d931  failed     0        <none>  username_taken  max                 3h
b7ea52e2  failed     5        <none>  unavailable     grandma_rose        3d
5621cc93  completed  0        <none>  <none>          tom_1               9d`.slice(1),
    );
  });

  it("has room for the last message at 200, and for none where no job has one", async () => {
    await givenShownJobs(scene.db);

    const { text } = await look(200);

    expect(text).to.equal(
      `
ID        STATUS     RETRIES  NEXT    ERROR           USERNAME            AGE  MESSAGE
dd43e5cf  pending    0        3m ago  <none>          kim_smith           3m   <none>
7b7b5f80  pending    2        in 10m  timeout         lea_from_next_door  5m   Zitadel gave no answer within 30 s
19b2d931  failed     0        <none>  username_taken  max                 3h   The username max belongs to another account in Zitadel
b7ea52e2  failed     5        <none>  unavailable     grandma_rose        3d   Zitadel cannot be reached
5621cc93  completed  0        <none>  <none>          tom_1               9d   <none>`.slice(1),
    );
    expect((await look(200, ["--status", "completed"])).text).not.to.include("MESSAGE");
  });

  it("cuts the message at 100", async () => {
    await givenShownJobs(scene.db);

    const { text } = await look(100, ["--status", "failed"]);

    expect(text).to.equal(
      `
ID        STATUS  RETRIES  NEXT    ERROR           USERNAME      AGE  MESSAGE
19b2d931  failed  0        <none>  username_taken  max           3h   The username max belongs to a…
b7ea52e2  failed  5        <none>  unavailable     grandma_rose  3d   Zitadel cannot be reached`.slice(
        1,
      ),
    );
  });

  it("shows all its columns at 60 where no name is long", async () => {
    await givenShownJob(scene.db, 1, "3 minutes 20 seconds");

    const { text } = await look(60);

    expect(text).to.equal(
      `
ID        STATUS   RETRIES  NEXT    ERROR   USERNAME  AGE
dd43e5cf  pending  0        3m ago  <none>  kid_1     3m`.slice(1),
    );
  });

  it("shows ids as short as tells each from all others, also from those that are not shown", async () => {
    await givenShownJobs(scene.db);
    const twin = fixedId(3).replace("-5d2a-", "-5d2b-");
    await givenJob(scene.db, { id: twin, status: "completed" });

    const { text } = await look(80, ["--status", "failed"]);

    expect(text).to.equal(
      `
ID             STATUS  RETRIES  NEXT    ERROR           USERNAME      AGE
19b2d931-5d2a  failed  0        <none>  username_taken  max           3h
b7ea52e2-5d2a  failed  5        <none>  unavailable     grandma_rose  3d`.slice(1),
    );
    for (const id of ["19b2d931-5d2a", "b7ea52e2-5d2a"]) {
      expect((await scene.cli(["queue", "show", id])).code).to.equal(0);
    }
  });

  it("shows ids whole off a terminal, and in every format but the table", async () => {
    await givenShownJob(scene.db, 1, "3 minutes 20 seconds");

    const piped = await scene.cli(["queue", "list"]);
    const formats = ["wide", "json", "jsonl", "csv", "name"].map((format) => ["-o", format]);
    const shown = await Promise.all(formats.map((args) => look(260, args)));

    for (const text of [piped.stdout, ...shown.map((screen) => screen.text)]) {
      expect(text).to.include(fixedId(1));
    }
  });

  it("cuts no id, however narrow the terminal is", async () => {
    await givenShownJob(scene.db, 1, "3 minutes 20 seconds");

    const { text } = await look(12);

    expect(text.split("\n").slice(0, 2)).to.deep.equal(["ID", "dd43e5cf"]);
  });

  it("makes a block of each job with -o wide, where its IDs do not fit next to each other", async () => {
    await givenShownJobs(scene.db);

    const { text } = await look(60, ["-o", "wide", "--status", "failed"]);

    expect(withOneTime(text)).to.equal(
      `
ID            19b2d931-5d2a-4b7f-9c1e-000000000003
STATUS        failed
RETRIES       0
NEXT          <none>
ERROR         username_taken
USERNAME      max
CREATED       2026-01-31T08:00:00Z
NAME          Max
ROLE          managed_account
FAMILY        7a143e62-5d2a-4b7f-9c1e-000000000900
CREATED-BY    184bb813-5d2a-4b7f-9c1e-000000000901
ZITADEL-USER  <none>
MESSAGE       The username max belongs to another account in
              Zitadel

ID            b7ea52e2-5d2a-4b7f-9c1e-000000000004
STATUS        failed
RETRIES       5
NEXT          <none>
ERROR         unavailable
USERNAME      grandma_rose
CREATED       2026-01-31T08:00:00Z
NAME          Rose Smith
ROLE          managed_account
FAMILY        7a143e62-5d2a-4b7f-9c1e-000000000900
CREATED-BY    184bb813-5d2a-4b7f-9c1e-000000000901
ZITADEL-USER  <none>
MESSAGE       Zitadel cannot be reached`.slice(1),
    );
  });

  it("makes a table of -o wide where there is room, and cuts only what people wrote", async () => {
    await givenShownJobs(scene.db);

    const { text } = await look(260, ["-o", "wide"]);

    expect(withOneTime(text)).to.equal(
      `
ID                                    STATUS     RETRIES  NEXT    ERROR           USERNAME            CREATED               NAME               ROLE             FAMILY                                CREATED-BY                            ZITADEL-USER  MESSAGE
dd43e5cf-5d2a-4b7f-9c1e-000000000001  pending    0        3m ago  <none>          kim_smith           2026-01-31T08:00:00Z  Kim Smith          managed_account  7a143e62-5d2a-4b7f-9c1e-000000000900  184bb813-5d2a-4b7f-9c1e-000000000901  <none>        <none>
7b7b5f80-5d2a-4b7f-9c1e-000000000002  pending    2        in 10m  timeout         lea_from_next_door  2026-01-31T08:00:00Z  Lea Magdalena vo…  managed_account  7a143e62-5d2a-4b7f-9c1e-000000000900  184bb813-5d2a-4b7f-9c1e-000000000901  <none>        Zitadel g…
19b2d931-5d2a-4b7f-9c1e-000000000003  failed     0        <none>  username_taken  max                 2026-01-31T08:00:00Z  Max                managed_account  7a143e62-5d2a-4b7f-9c1e-000000000900  184bb813-5d2a-4b7f-9c1e-000000000901  <none>        The usern…
b7ea52e2-5d2a-4b7f-9c1e-000000000004  failed     5        <none>  unavailable     grandma_rose        2026-01-31T08:00:00Z  Rose Smith         managed_account  7a143e62-5d2a-4b7f-9c1e-000000000900  184bb813-5d2a-4b7f-9c1e-000000000901  <none>        Zitadel c…
5621cc93-5d2a-4b7f-9c1e-000000000005  completed  0        <none>  <none>          tom_1               2026-01-31T08:00:00Z  Tom Smith          managed_account  7a143e62-5d2a-4b7f-9c1e-000000000900  184bb813-5d2a-4b7f-9c1e-000000000901  <none>        <none>`.slice(
        1,
      ),
    );
  });

  it("says that there is none", async () => {
    const { text, code } = await look(60);

    expect({ code, text }).to.deep.equal({ code: 0, text: "No jobs match." });
  });

  it("keeps its columns under names of any script", async () => {
    const names = ["山田太郎", "عائشة", "אסתר כהן", "Zoe\u0301 U\u0308nal", "กิ่งแก้ว", "Kim"];
    for (const [n, username] of names.entries()) {
      await givenShownJob(scene.db, n + 1, `${n + 1} hours 20 minutes`, { username });
    }

    const { text } = await look(90);

    expect(text).to.equal(
      `
ID        STATUS   RETRIES  NEXT     ERROR   USERNAME  AGE
dd43e5cf  pending  0        80m ago  <none>  山田太郎  80m
7b7b5f80  pending  0        2h ago   <none>  عائشة\u200e     2h
19b2d931  pending  0        3h ago   <none>  אסתר כהן\u200e  3h
b7ea52e2  pending  0        4h ago   <none>  Zoé Ünal  4h
5621cc93  pending  0        5h ago   <none>  กิ่งแก้ว     5h
f4594644  pending  0        6h ago   <none>  Kim       6h`.slice(1),
    );
  });

  it("cuts a long name of wide characters between two of them", async () => {
    await givenShownJob(scene.db, 1, "3 minutes 20 seconds", {
      ...{
        status: "failed",
        username: "山田太郎山田太郎山田太郎",
        lastErrorCode: "username_taken",
      },
    });

    const { text } = await look(76);

    expect(text).to.equal(
      `
ID        STATUS  RETRIES  NEXT    ERROR           USERNAME              AGE
dd43e5cf  failed  0        <none>  username_taken  山田太郎山田太郎山…   3m`.slice(1),
    );
  });

  it("colours statuses, and nothing else", async () => {
    await givenShownJobs(scene.db);
    await givenShownJob(scene.db, 6, "9 days", { status: "archived" });

    const screen = await look(120);

    const colors = ["failed", "completed", "pending", "archived", "ID", "username_taken"].map(
      (words) => [words, screen.colorOf(words)],
    );
    expect(Object.fromEntries(colors)).to.deep.equal({
      ...{ failed: "red", completed: "green", pending: null, archived: "yellow" },
      ...{ ID: null, username_taken: null },
    });
  });

  it("says why a search takes long, and that a short text finds no index", async () => {
    await givenShownJobs(scene.db);
    for (const [search, index] of [
      ["ro", "An index helps only from 3 letters on."],
      ["rose", "`family-hub-jobs doctor -v` shows whether an index would help."],
    ] as const) {
      const lock = "lock table auth.queued_managed_account_creations in access exclusive mode";
      const locked = await openTransaction(scene.db, lock);
      const args = ["queue", "list", "--search", search];
      const terminal = startAtTerminal(args, scene.env, { columns: 200 });
      const waiting = await terminal.until(/Ctrl-C stops it/);
      await locked.end();
      const code = await terminal.ended;

      expect(waiting).to.include("Still searching: this may read every job. ").and.include(index);
      expect(terminal.all()).to.include("grandma_rose");
      expect(code).to.equal(0);
    }
  });

  it("highlights what was searched for, in any case and as it is written", async () => {
    await givenShownJob(scene.db, 1, "3 minutes 20 seconds", { username: "Kim.(1)_SMITH" });

    const found = await look(80, ["--search", "m.(1)_smi"]);
    const plain = await look(80, ["--search", "m.(1)_smi"], { NO_COLOR: "1" });

    expect(found.colorOf("m.(1)_SMI")).to.equal("yellow");
    expect(["Ki", "TH"].map((words) => found.colorOf(words))).to.deep.equal([null, null]);
    expect(plain.colorOf("m.(1)_SMI")).to.equal(null);
    expect(plain.text).to.equal(found.text);
  });

  it("has no colour with NO_COLOR, and else looks the same", async () => {
    await givenShownJobs(scene.db);

    const [plain, colored] = [await look(80, [], { NO_COLOR: "1" }), await look(80)];

    expect(plain.colorOf("failed")).to.equal(null);
    expect(plain.text).to.equal(colored.text);
  });

  it("reports below a page how many match, also past ten thousand", async () => {
    await givenShownJobs(scene.db);

    const few = await look(80, ["--limit", "2"]);
    const filtered = await look(80, ["--limit", "1", "--status", "failed"]);
    await givenThousandsMore(scene.db, 10_000);
    const many = await look(80, ["--limit", "2"]);

    const footer = ({ text }: { text: string }) => /^\d+ of .*\. Next page:$/m.exec(text)?.[0];
    expect(footer(few)).to.equal("2 of 5 jobs. Next page:");
    expect(footer(filtered)).to.equal("1 of 2 jobs. Next page:");
    expect(footer(many)).to.equal("2 of 10,000+ jobs. Next page:");
  });

  it("has an error message that fits", async () => {
    const { text, code } = await look(60, ["--status", "done"]);

    expect(code).to.equal(64);
    expect(text).to.equal(
      `
family-hub-jobs: --status is "done": it must be one of
pending, processing, completed, failed.`.slice(1),
    );
    expect(text).not.to.include(fixedId(1));
  });
});

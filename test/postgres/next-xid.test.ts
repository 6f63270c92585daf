// A batch can see whether anyone wrote since the last one.
import { expect } from "chai";
import { NEXT_XID } from "../../src/postgres/next-xid.ts";
import { cloneDatabase, type TestDatabase } from "../support/database.ts";
import { givenFamily } from "../support/given.ts";

describe("the next transaction id", () => {
  let db: TestDatabase;

  before(async () => {
    db = await cloneDatabase();
  });
  after(() => db.drop());

  const next = async () => (await db.one<{ xid: number }>(`select ${NEXT_XID} as xid`)).xid;

  it("moves on with every transaction that writes", async () => {
    const before = await next();

    await givenFamily(db);
    const between = await next();
    await givenFamily(db);

    expect(between).to.be.above(before);
    expect(await next()).to.be.above(between);
  });
});

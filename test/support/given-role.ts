// A database role of a test's own, with just the privileges that the test grants.
import { randomUUID } from "node:crypto";
import type { Scene } from "./scene.ts";

export interface GivenRole {
  readonly name: string;
  readonly env: { readonly DATABASE_URL: string };
}

/** Call inside `describe`, after `setScene`: each test gets a new role, gone at its end. */
export function useRole(scene: Scene): GivenRole {
  let name = "";
  beforeEach(async () => {
    name = `fhj_${randomUUID().replaceAll("-", "")}`;
    await scene.db.query(`create role ${name} login`);
  });
  afterEach(() => scene.db.query(`drop owned by ${name}; drop role ${name}`));
  return {
    get name() {
      return name;
    },
    get env() {
      return { DATABASE_URL: scene.db.url.replace(/\/\/[^@]*@/, `//${name}@`) };
    },
  };
}

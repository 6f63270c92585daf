// Where the next page of a list begins, as an opaque cursor.
import { UsageError } from "../errors.ts";
import { RowRefused } from "../postgres/row-refused.ts";
import type { PagePosition } from "./page.sql.ts";

/**
 * @param cursor null for the first page
 * @param sort the order of the list: a position is valid only in its own order
 * @throws UsageError for an invalid cursor, or one of another order
 */
export async function readPage<Page extends { readonly next: PagePosition | null }>(
  cursor: string | null,
  sort: string,
  read: (after: PagePosition | null) => Promise<Page>,
): Promise<{ page: Page; nextCursor: string | null }> {
  const after = cursor === null ? null : readCursor(cursor, sort);
  const page = await read(after).catch((error: unknown) => {
    // A manipulated cursor holds values that do not fit the columns.
    if (cursor !== null && error instanceof RowRefused) throw badCursor(cursor);
    throw error;
  });
  return { page, nextCursor: page.next === null ? null : writeCursor(page.next, sort) };
}

function writeCursor(position: PagePosition, sort: string): string {
  return Buffer.from(JSON.stringify([sort, position.value, position.id])).toString("base64url");
}

function readCursor(cursor: string, sort: string): PagePosition {
  let parts: unknown;
  try {
    parts = JSON.parse(Buffer.from(cursor, "base64url").toString("utf8"));
  } catch {
    throw badCursor(cursor);
  }
  if (
    !Array.isArray(parts) ||
    parts.length !== 3 ||
    !parts.every((part) => typeof part === "string")
  ) {
    throw badCursor(cursor);
  }
  const [cursorSort, value, id] = parts as [string, string, string];
  if (cursorSort === sort) return { value, id };
  throw badCursor(
    cursor,
    `it belongs to --sort ${cursorSort.replace(/[^\w-]/g, "?").slice(0, 40)}`,
  );
}

function badCursor(cursor: string, why = "it is not a valid cursor"): UsageError {
  const start = cursor.replace(/[^\w-]/g, "?").slice(0, 60);
  return new UsageError(`--cursor is "${start}": ${why}; use nextCursor from the previous page.`);
}

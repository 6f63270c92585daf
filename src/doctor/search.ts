// Checks whether a search of a large queue would read every row, and names the index that prevents it.
import { CONNECTION, ok, warn, type Check } from "./check.ts";
import { readSearchFacts, SEARCH_INDEX_SQL } from "./search.sql.ts";

export const SEARCH: Check = {
  name: "search",
  group: "Upkeep",
  needs: [CONNECTION, "tables"],
  look: async (context) => {
    const { jobs, indexed } = await readSearchFacts(await context.postgres());
    if (indexed) return ok("queue list --search reads an index");
    if (jobs <= context.limits.searchedJobs)
      return ok("the queue is small enough to search without an index");
    return warn(
      `queue list --search reads about ${jobs.toLocaleString("en-US")} jobs: nothing is wrong, but a search that finds little can take minutes`,
      `optional, in psql as the owner of the table: ${SEARCH_INDEX_SQL.join("; ")}`,
    );
  },
};

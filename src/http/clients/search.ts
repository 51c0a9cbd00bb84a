/** Lists of products, searched and filtered. */
import { findProducts, type FoundPage, type SearchQuery } from "../../search/find-products";
import { isNoTable } from "../../search/search-schema";
import { count } from "../../telemetry/meter-buffer";
import { countSearch } from "./demand";
import { remakeIndex } from "./indexer";

/** Where there is no search index yet, or it has been dropped, it is made first. Throws as `findProducts` does. */
export async function searchProducts(env: Env, query: SearchQuery): Promise<FoundPage> {
  if (!query.q) return findOrMake(env, query);
  try {
    const page = await findOrMake(env, query);
    const isFound = page.items.length > 0 || page.nextCursor !== null;
    count("holdfast_search_queries_total", { outcome: isFound ? "found" : "nothing" });
    if (query.cursor === undefined) countSearch(env, query.q, isFound);
    return page;
  } catch (error) {
    count("holdfast_search_queries_total", { outcome: "failed" });
    throw error;
  }
}

async function findOrMake(env: Env, query: SearchQuery): Promise<FoundPage> {
  try {
    return await findProducts(env, query);
  } catch (error) {
    if (!isNoTable(error)) throw error;
    await remakeIndex(env);
    return findProducts(env, query);
  }
}

/** Lists of products, searched and filtered. */
import { findProducts, type FoundPage, type SearchQuery } from "../../search/find-products";
import { isNoTable } from "../../search/search-schema";
import { count } from "../../telemetry/meter-buffer";
import { remakeIndex } from "./indexer";

/** Where there is no search index yet, or it has been dropped, it is made first. Throws as `findProducts` does. */
export async function searchProducts(env: Env, query: SearchQuery): Promise<FoundPage> {
  if (!query.q) return findOrMake(env, query);
  try {
    const found = await findOrMake(env, query);
    count("holdfast_search_queries_total", { outcome: found.items.length > 0 ? "found" : "nothing" });
    return found;
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

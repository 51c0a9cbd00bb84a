/** Lists of products, searched and filtered. */
import { findProducts, type FoundPage, type SearchQuery } from "../../search/find-products";
import { isNoTable } from "../../search/search-schema";
import { countSearch } from "./demand";
import { remakeIndex } from "./indexer";

/** Where there is no search index yet, or it has been dropped, it is made first. Throws as `findProducts` does. */
export async function searchProducts(env: Env, query: SearchQuery): Promise<FoundPage> {
  const page = await findOrMake(env, query);
  if (query.q !== undefined && query.cursor === undefined)
    countSearch(env, query.q, page.items.length > 0 || page.nextCursor !== null);
  return page;
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

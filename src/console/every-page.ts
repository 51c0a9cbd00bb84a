/** All items of a list, for those that are short: places, webhooks, keys. */
import type { Paged } from "../client/paging.ts";

export async function itemsOf<T>(list: Paged<T>): Promise<T[]> {
  const items: T[] = [];
  for await (const item of list) items.push(item);
  return items;
}

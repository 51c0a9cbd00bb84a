/** What the list of products shows: as the address of the page says, and as it is asked of the service. */
import { holdfast, isAbort } from "../connection.ts";
import { isProblem } from "../../client/problem.ts";
import type { Facets, Product } from "../../client/wire.ts";
import type { ProductQuery } from "../../client/wire-requests.ts";
import type { Chip } from "../parts/chips.tsx";
import { AVAILABILITY_WORDS } from "../parts/state.tsx";
import { shownNumber } from "../format.ts";
import { lacks } from "../session.ts";
import { numbersOf, stock } from "../stock.ts";

export interface Choice {
  q: string;
  kind: string;
  state: string;
  theme: string;
  sort: NonNullable<ProductQuery["sort"]> | "";
}

export interface Listing {
  items: Product[];
  nextCursor: string | null;
  facets: Facets;
  /** How many match; undefined: more pages are shown than were counted. */
  total: number | undefined;
}

const PAGE_SIZE = 100;
const SORTS = ["name", "-name", "price", "-price", "createdAt", "-createdAt", "relevance"] as const;
const STATES = ["in_stock", "low_stock", "out_of_stock", "backorder", "unavailable"] as const;
const MAX_THEMES = 6;

export function readChoice(query: Record<string, string>): Choice {
  const { q = "", kind = "", state = "", theme = "" } = query;
  return { q, kind, state, theme, sort: SORTS.find((one) => one === query["sort"]) ?? "" };
}

export function pathOf(choice: Choice): string {
  const set = Object.entries(choice).filter(([, value]) => value !== "");
  return set.length === 0 ? "/" : `/?${new URLSearchParams(set)}`;
}

export function listingKey(choice: Choice): string {
  return `products ${pathOf(choice)}`;
}

function queryOf({ q, kind, state, theme, sort }: Choice): ProductQuery {
  const words = q.trim();
  return {
    ...(words !== "" && { q: words }),
    ...(kind !== "" && { kind }),
    ...(theme !== "" && { attributes: { theme } }),
    availability: STATES.find((one) => one === state),
    ...(sort !== "" && { sort }),
    limit: PAGE_SIZE,
  };
}

/** One page; the numbers of its products go to their signals. */
export async function loadListing(
  choice: Choice,
  { signal, cursor }: { signal?: AbortSignal; cursor?: string | undefined },
): Promise<Listing> {
  const query = { ...queryOf(choice), ...(cursor !== undefined && { cursor }) };
  const options = signal ? { signal } : {};
  const facets = ["kind", "availability", "attr.theme"];
  const [page] = await Promise.all([
    holdfast.products.list({ ...query, facets }, options),
    lacks("stock:read") ? undefined : loadNumbers(query, options),
  ]);
  const found = page.facets ?? {};
  const total = found["availability"]?.reduce((sum, { count }) => sum + count, 0);
  return { items: page.items, nextCursor: page.nextCursor, facets: found, total };
}

/** Without them the rows are there all the same, and the live socket brings the numbers. */
async function loadNumbers(query: ProductQuery, options: { signal?: AbortSignal }): Promise<void> {
  try {
    const { items } = await holdfast.stock.list(query, options);
    stock.show(...items.map(numbersOf));
  } catch (error) {
    if (isAbort(error)) throw error;
    if (!isProblem(error, "forbidden")) console.error("numbers of the list not loaded", error);
  }
}

/** How many characters the longest of their numbers has now. */
export function longestNumber(products: readonly Product[]): number {
  const lengths = products.flatMap(({ productId, minimumStockLevel }) => {
    const { onHand = 0, reserved = 0, available = 0 } = stock.of(productId).peek() ?? {};
    return [onHand, reserved, available, minimumStockLevel].map((value) => shownNumber(value).length);
  });
  return Math.max(0, ...lengths);
}

export function chipsOf(choice: Choice, facets: Facets): Chip[] {
  const values = (name: string) => facets[name] ?? [];
  const states = STATES.flatMap((state): Chip[] => {
    const count = values("availability").find(({ value }) => value === state)?.count;
    const isOn = choice.state === state;
    if (count === undefined && !isOn) return [];
    return [{ id: `state:${state}`, text: AVAILABILITY_WORDS[state], count: count ?? 0, isOn }];
  });
  const others = (["kind", "theme"] as const).flatMap((name): Chip[] => {
    const found = values(name === "theme" ? "attr.theme" : name);
    const chosen = choice[name];
    // One kind alone is no choice.
    if (chosen === "" && found.length < 2) return [];
    const shown = found.slice(0, MAX_THEMES).map(({ value, count }) => {
      const isOn = String(value) === chosen;
      return { id: `${name}:${String(value)}`, text: String(value), count, isOn };
    });
    const isShown = chosen === "" || shown.some(({ isOn }) => isOn);
    return isShown ? shown : [{ id: `${name}:${chosen}`, text: chosen, count: 0, isOn: true }, ...shown];
  });
  return [...states, ...others].map((chip, place, all) => {
    const before = all[place - 1];
    return { ...chip, beginsGroup: before !== undefined && groupOf(before) !== groupOf(chip) };
  });
}

function groupOf({ id }: Chip): string {
  return id.slice(0, id.indexOf(":"));
}

/** One of a group at a time; the one that is on goes off. */
export function toggled(choice: Choice, id: string): Choice {
  const [, name, value = ""] = /^(state|kind|theme):(.*)$/s.exec(id) ?? [];
  if (name !== "state" && name !== "kind" && name !== "theme") return choice;
  return { ...choice, [name]: choice[name] === value ? "" : value };
}

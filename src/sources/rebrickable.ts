/**
 * Rebrickable: LEGO sets, without prices (API v3). It takes one call a second and has no call for several sets, so few are asked
 * for one by one, and many are found in its list of all sets, a thousand a page.
 */
import type { SourceRecord } from "../domain/source";
import {
  REBRICKABLE_IDS_PER_CALL,
  REBRICKABLE_IDS_PER_IMPORT,
  REBRICKABLE_SPACING_MS,
  THEMES_KEPT_MS,
} from "../limits/sources";
import * as z from "zod";
import { parseExactly } from "./exact-json";
import { SourceFailure } from "./failure";
import { fetchText, type Fetch } from "./fetching";
import {
  imageUrl,
  keyIn,
  plainText,
  readRecords,
  type Fetched,
  type Source,
  type SourceSettings,
} from "./source";
import { Spacing } from "./spacing";
import { themeNames, type Theme } from "./themes";

const PAGE_SIZE = 1000;

/** Numbers come as their text. */
const id = z.string().regex(/^\d{1,9}$/);
const count = id.transform(Number);

const setOf = (themeById: ReadonlyMap<string, Theme>) =>
  z
    .object({
      set_num: z.string(),
      name: plainText,
      year: count,
      theme_id: id,
      num_parts: count,
      set_img_url: imageUrl.optional(),
    })
    .transform((set): SourceRecord => {
      const { theme, subtheme } = themeNames(themeById, set.theme_id);
      const attributes = { theme, subtheme, year: set.year, pieces: set.num_parts };
      return {
        externalId: set.set_num,
        fields: { kind: "set", name: set.name, imageUrl: set.set_img_url ?? null, attributes },
        quote: null,
      };
    });

const page = z.object({ next: z.unknown(), results: z.array(z.unknown()) });
const theme = z.object({ id, name: plainText, parent_id: id.nullish() });

type ThemeById = Map<string, Theme>;

class Rebrickable implements Source {
  readonly name = "rebrickable";
  readonly idsPerCall = REBRICKABLE_IDS_PER_CALL;
  readonly idsPerImport = REBRICKABLE_IDS_PER_IMPORT;
  readonly refreshMs: number;
  readonly #spacing: Spacing;
  #themes: { byId: ThemeById; atMs: number } | undefined;

  constructor(
    private readonly settings: SourceSettings,
    private readonly fetch: Fetch,
    readonly spacingMs: number,
  ) {
    this.#spacing = new Spacing(spacingMs);
    this.refreshMs = settings.refreshMs;
  }

  async fetchRecords(externalIds: readonly string[]): Promise<Fetched> {
    const schema = setOf(await this.#themeById());
    const all: Fetched = { records: [], rejected: [] };
    for (const externalId of externalIds) {
      const set = await this.#get(`/lego/sets/${encodeURIComponent(externalId)}/`).catch(unlessNotFound);
      const isAskedFor = (item: unknown) => (keyIn(item, "set_num") === externalId ? externalId : undefined);
      const { records, rejected } = readRecords([set], isAskedFor, schema);
      all.records.push(...records);
      all.rejected.push(...rejected);
    }
    return all;
  }

  async listRecords(number: number) {
    const schema = setOf(await this.#themeById());
    const { results, next } = await this.#page("/lego/sets/", number);
    const fetched = readRecords(results, (item) => keyIn(item, "set_num"), schema);
    return { ...fetched, nextPage: typeof next === "string" && results.length > 0 ? number + 1 : null };
  }

  /** There are some hundred, which seldom change. */
  async #themeById(): Promise<ThemeById> {
    const known = this.#themes;
    if (known && Date.now() - known.atMs < THEMES_KEPT_MS) return known.byId;
    const byId: ThemeById = new Map();
    for (let number = 1, more = true; more && number <= 10; number += 1) {
      const { results, next } = await this.#page("/lego/themes/", number);
      for (const item of results) {
        const { data } = theme.safeParse(item);
        if (data) byId.set(data.id, { name: data.name, parentId: data.parent_id ?? null });
      }
      more = typeof next === "string";
    }
    this.#themes = { byId, atMs: Date.now() };
    return byId;
  }

  async #page(path: string, number: number): Promise<z.output<typeof page>> {
    const { data } = page.safeParse(await this.#get(`${path}?page_size=${PAGE_SIZE}&page=${number}`));
    if (!data) throw new SourceFailure("bad_answer", "the answer is no page of a list");
    return data;
  }

  async #get(path: string): Promise<unknown> {
    await this.#spacing.turn();
    const { url, apiKey } = this.settings;
    const headers = { authorization: `key ${apiKey}` };
    return parseExactly(await fetchText(this.fetch, { url: url + path, headers }));
  }
}

function unlessNotFound(error: unknown): null {
  if (error instanceof SourceFailure && error.kind === "not_found") return null;
  throw error;
}

export function rebrickable(
  settings: SourceSettings,
  fetch: Fetch,
  spacingMs: number = REBRICKABLE_SPACING_MS,
): Source {
  return new Rebrickable(settings, fetch, spacingMs);
}

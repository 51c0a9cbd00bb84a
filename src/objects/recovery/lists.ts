/**
 * Where products are known beside the book, page by page. None of these lists is whole: the search index has no deleted products,
 * and is a moment behind; KV has what was read or changed; files have what was written before their events left the book. So all
 * are read, and what they name twice is rebuilt once.
 */
import { decodeTime } from "ulid";
import { listFiles } from "../../archive/found-files";
import { eventOf } from "../../archive/segment-file";
import { linesOfSegment } from "../../archive/whole-log";
import { putFoundSegment, segmentFrom } from "../../d1/event-segments";
import { nextProductIds } from "../../d1/product-snapshot";
import { registerAgain } from "../../d1/webhooks";
import { PRODUCT_ID } from "../../domain/ids";
import { readConfig } from "../../env";
import { listCatalogEntries } from "../../kv/catalog-cache";
import { allLedgers } from "../../ledgers";
import { LEDGER_CALL_TIMEOUT_MS } from "../../limits";
import { RECOVERY_LIST_ROWS } from "../../limits/recovery";
import { indexedProductIds } from "../../search/index-writer";
import { isNoTable } from "../../search/search-schema";
import { withTimeout } from "../../timeout";
import type { LogEnd } from "../ledger/ledger-object";
import type { ListName } from "./progress";

export interface ListPage {
  productIds: string[];
  /** Where it goes on; undefined: this was the last page. */
  cursor: string | undefined;
  /** There is no such list here, and why. */
  skipped?: string;
}

/** As a ledger names it. */
const WEBHOOK = /^webhook:(wh_[0-9A-HJKMNP-TV-Z]{26})$/;

const NONE: ListPage = { productIds: [], cursor: undefined };

/** `cursor`: empty for the first page. May reject. */
export async function readList(env: Env, name: ListName, cursor: string): Promise<ListPage> {
  const page = await READ[name](env, cursor);
  return { ...page, productIds: page.productIds.filter((id) => PRODUCT_ID.test(id)) };
}

const READ: Record<ListName, (env: Env, cursor: string) => Promise<ListPage>> = {
  files: async (env, cursor) => {
    if (!readConfig(env).eventArchive) return { ...NONE, skipped: "there is no archive" };
    const { segments, cursor: next } = await listFiles(env.ARCHIVE, cursor);
    for (const segment of segments) await putFoundSegment(env.BOOK, segment);
    const newest = Math.max(0, ...segments.map(({ lastOffset }) => lastOffset));
    if (newest > 0) for (const ledger of allLedgers(env)) await ledger.raiseLogEnd(newest);
    return { productIds: [], cursor: next };
  },
  webhooks: async (env) => {
    const followers = (await logEnds(env)).flatMap((end) => end.followers);
    const ids = new Set(followers.flatMap((name) => WEBHOOK.exec(name)?.[1] ?? []));
    const known = [...ids].map((webhookId) => ({ webhookId, createdAtMs: decodeTime(webhookId.slice(3)) }));
    await registerAgain(env.BOOK, known);
    return NONE;
  },
  book: async (env, cursor) => byId(await nextProductIds(env.BOOK, cursor, RECOVERY_LIST_ROWS)),
  search: async (env, cursor) => {
    try {
      return byId(await indexedProductIds(env.SEARCH, cursor, RECOVERY_LIST_ROWS));
    } catch (error) {
      if (isNoTable(error)) return { ...NONE, skipped: "there is no search index" };
      throw error;
    }
  },
  catalog: (env, cursor) => listCatalogEntries(env.CATALOG, cursor),
  archive: async (env, cursor) => {
    if (!readConfig(env).eventArchive) return { ...NONE, skipped: "there is no archive" };
    const segment = await segmentFrom(env.BOOK, Number(cursor) || 1);
    if (!segment) return NONE;
    const lines = await linesOfSegment(env, segment);
    const productIds = new Set(lines.map((line) => eventOf(line).productId));
    return { productIds: [...productIds], cursor: String(segment.lastOffset + 1) };
  },
};

/** What each ledger remembers of the log. Rejects when one cannot be reached. */
export function logEnds(env: Env): Promise<LogEnd[]> {
  const asked = allLedgers(env).map((ledger) =>
    withTimeout(Promise.resolve(ledger.logEnd()), LEDGER_CALL_TIMEOUT_MS, "ledger"),
  );
  return Promise.all(asked);
}

function byId(productIds: string[]): ListPage {
  return { productIds, cursor: productIds.length === RECOVERY_LIST_ROWS ? productIds.at(-1) : undefined };
}

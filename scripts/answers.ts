/**
 * What the API answers, as far as scripts, benches and end-to-end tests read it, and the lists that they read
 * whole.
 */
import { z } from "zod";
import type { ApiClient } from "./api-client.ts";

const EVENTS_PER_PAGE = 1000;

export type Stock = z.infer<typeof stock>;
export const stock = z.object({
  productId: z.string(),
  onHand: z.number(),
  reserved: z.number(),
  available: z.number(),
  version: z.number(),
});

export type Reservation = z.infer<typeof reservation>;
export const reservation = z.object({
  reservationId: z.string(),
  productId: z.string(),
  state: z.string(),
  quantity: z.number(),
});

export type LogEvent = z.infer<typeof logEvent>;
export const logEvent = z.looseObject({
  offset: z.number(),
  id: z.string(),
  type: z.string(),
  productId: z.string(),
  version: z.number(),
  data: z.record(z.string(), z.unknown()),
  level: z.looseObject({ onHand: z.number(), reserved: z.number() }).nullish(),
});

export const eventPage = z.object({
  events: z.array(logEvent),
  nextOffset: z.number(),
  hasMore: z.boolean(),
});

const verificationPage = z.object({
  items: z.array(z.looseObject({ productId: z.string(), differences: z.array(z.unknown()) })),
  checked: z.number(),
  differences: z.number(),
  nextCursor: z.string().nullable(),
});

/** Without an offset from the oldest that is kept. */
export function readEventPage(api: ApiClient, offset?: number): Promise<z.infer<typeof eventPage>> {
  const from = offset === undefined ? "" : `&offset=${offset}`;
  return api.read(eventPage, `GET /v1/inventory/events?limit=${EVENTS_PER_PAGE}${from}`);
}

/** Every event from an offset on, in the order of the book. */
export async function readEvents(api: ApiClient, fromOffset = 1): Promise<LogEvent[]> {
  const events: LogEvent[] = [];
  for (let offset = fromOffset; ;) {
    const page = await readEventPage(api, offset);
    events.push(...page.events);
    if (!page.hasMore) return events;
    offset = page.nextOffset;
  }
}

/** What the verifier says of all products there are, page by page. */
export async function* verificationPages(api: ApiClient): AsyncGenerator<z.infer<typeof verificationPage>> {
  let cursor: string | null = "";
  while (cursor !== null) {
    const body: object = cursor ? { cursor } : {};
    const page: z.infer<typeof verificationPage> = await api.read(verificationPage, "POST /v1/admin/verify", {
      body,
    });
    yield page;
    cursor = page.nextCursor;
  }
}

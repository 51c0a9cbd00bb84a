/** The log: every event once, in order, from an offset on, over any number of connections. */
import { Connection, type LiveMessage, type LiveOptions, type LiveState } from "./live.ts";
import type { LiveStates } from "./live-states.ts";
import { ProblemError } from "./problem.ts";
import { metaOf } from "./request.ts";
import type { BookEvent, EventPage, EventType } from "./wire-events.ts";

export interface FollowOptions<Type extends EventType = EventType> {
  signal?: AbortSignal | undefined;
  /** Others are left out. */
  productId?: string | undefined;
  type?: Type | undefined;
}

/** More are not held: the connection is closed, and made again from there when they have been read. */
const MAX_HELD = 1000;
/** The largest that the service reads. */
const PAST_THE_END = 999_999_999_999_999;

/** Throws `offset_expired` where events from `offset` on are no longer kept. */
export async function* followEvents<Type extends EventType>(
  live: LiveOptions & { states: LiveStates },
  offset: number | undefined,
  { signal, productId, type }: FollowOptions<Type> = {},
): AsyncGenerator<BookEvent<Type>, void, undefined> {
  const isWanted = (event: BookEvent): event is BookEvent<Type> =>
    (productId === undefined || event.productId === productId) && (type === undefined || event.type === type);
  const held: BookEvent<Type>[] = [];
  let next = offset ?? (await endOfLog(live, signal));
  let failure: { error: unknown } | undefined;
  let wake = () => {};
  let connection: Connection | undefined;
  const fail = (error: unknown) => {
    failure ??= { error };
    wake();
  };
  const feed = {
    path: () => `/v1/inventory/events/live?offset=${next}`,
    take: (message: LiveMessage) => {
      if (message.type === "error" && message.code === "offset_expired")
        return fail(expired(message.detail, message.oldestOffset ?? 0));
      if (message.type !== "event" || message.offset < next) return;
      next = message.offset + 1;
      if (!isWanted(message.event)) return;
      held.push(message.event);
      if (held.length >= MAX_HELD) close();
      wake();
    },
    fail,
    onState: (state: LiveState) => live.states.set(feed, state),
  };
  const close = () => {
    connection?.close();
    connection = undefined;
  };
  const onAbort = () => fail(signal?.reason);
  signal?.throwIfAborted();
  signal?.addEventListener("abort", onAbort);
  try {
    for (;;) {
      for (let event = held.shift(); event; event = held.shift()) {
        yield event;
        signal?.throwIfAborted();
      }
      if (failure) throw failure.error;
      connection ??= new Connection(live, feed);
      await new Promise<void>((resolve) => (wake = resolve));
    }
  } finally {
    signal?.removeEventListener("abort", onAbort);
    close();
  }
}

/** The offset of the next event to come. */
async function endOfLog({ sender }: LiveOptions, signal: AbortSignal | undefined): Promise<number> {
  const query = { offset: PAST_THE_END, limit: 1 };
  const page = await sender.json<EventPage>("GET /v1/inventory/events", { query }, { signal });
  return (metaOf(page).bookOffset ?? 0) + 1;
}

function expired(detail: string, oldestOffset: number): ProblemError {
  const code = "offset_expired";
  const title = "These events are no longer kept";
  const head = { type: `urn:holdfast:problem:${code}`, title, status: 410, detail, instance: "" };
  return new ProblemError({ ...head, code, requestId: "", oldestOffset });
}

/** What listeners keep, say and give, over streams whose every message is said by the test. */
import { describe, expect, it, vi } from "vitest";
import { createHoldfast, isProblem, type Level, type LiveState } from "../../src/client/client";

const encoder = new TextEncoder();

class Line {
  readonly url: URL;
  ended = false;
  #controller: ReadableStreamDefaultController<Uint8Array> | undefined;
  readonly response = new Response(
    new ReadableStream<Uint8Array>({
      start: (controller) => void (this.#controller = controller),
      cancel: () => void (this.ended = true),
    }),
    { headers: { "Content-Type": "text/event-stream" } },
  );

  constructor(url: string) {
    this.url = new URL(url);
  }

  get products(): string[] {
    return (this.url.searchParams.get("products") ?? "").split(",");
  }

  send(...messages: object[]): void {
    const text = messages.map((message) => `event: x\ndata: ${JSON.stringify(message)}\n\n`).join("");
    this.#controller?.enqueue(encoder.encode(text));
  }

  sendText(text: string): void {
    this.#controller?.enqueue(encoder.encode(text));
  }

  cut(): void {
    this.#controller?.error(new TypeError("cut off"));
  }
}

/** `refused`: answered instead of a stream, one after the other. */
function service(refused: Response[] = []) {
  const lines: Line[] = [];
  const states: LiveState[] = [];
  const client = createHoldfast({
    baseUrl: "https://stock.example",
    fetch: async (target) => {
      const refusal = refused.shift();
      if (refusal) return refusal;
      const line = new Line(String(target));
      lines.push(line);
      return line.response;
    },
    onState: (state) => states.push(state),
  });
  const lineAt = (nth: number) =>
    vi.waitFor(() => lines[nth] ?? Promise.reject(new Error(`${lines.length} lines`)), 5000);
  return { client, lines, lineAt, states };
}

function level(productId: string, version: number): Level {
  const numbers = { onHand: version, reserved: 0, available: version, availability: "in_stock" } as const;
  return { type: "level", productId, version, ...numbers, at: "2026-01-31T12:00:00.000Z" };
}

function event(offset: number, type = "stock.low", productId = "A") {
  return { type: "event", offset, event: { offset, type, productId, version: offset } };
}

function refusal(status: number, code: string): Response {
  const document = {
    type: "urn:x",
    title: code,
    status,
    detail: "said",
    instance: "/",
    code,
    requestId: "r",
  };
  return Response.json(document, { status });
}

describe("a watch", () => {
  it("gives the newest of each product, whatever came while nobody read; a version never falls", async () => {
    const { client, lineAt } = service();
    const levels = client.watch(["A", "B"])[Symbol.asyncIterator]();
    const first = levels.next();
    const line = await lineAt(0);
    line.send(level("A", 3));
    expect((await first).value).toMatchObject({ productId: "A", version: 3 });
    line.send(level("A", 4), level("B", 2), level("A", 9), level("A", 8), level("B", 1));
    // Once this has come, all before it has.
    line.send(level("C", 1));
    await vi.waitFor(() => expect(line.response.bodyUsed).toBe(true));
    await new Promise((resolve) => setTimeout(resolve, 20));
    const seen = [(await levels.next()).value, (await levels.next()).value];
    expect(seen.map((one) => [one?.productId, one?.version])).toEqual([
      ["A", 9],
      ["B", 2],
    ]);
    await levels.return?.();
    expect(line.ended).toBe(true);
  });

  it("says what it knows when it comes back, and leaves out what it knew before", async () => {
    const { client, lineAt, states } = service();
    const levels = client.watch(["A", "B"], { since: { B: 7 } })[Symbol.asyncIterator]();
    const first = levels.next();
    const line = await lineAt(0);
    expect(line.url.searchParams.get("since")).toBe("B:7");
    line.send(level("B", 7), level("A", 3));
    expect((await first).value).toMatchObject({ productId: "A", version: 3 });
    const second = levels.next();
    line.sendText(`data: ${JSON.stringify(level("A", 4)).slice(0, 30)}`);
    line.cut();
    const again = await lineAt(1);
    expect(again.url.searchParams.get("since")).toBe("A:3,B:7");
    again.send(level("A", 3), level("A", 5));
    expect((await second).value).toMatchObject({ version: 5 });
    await levels.return?.();
    expect(states).toEqual(["connecting", "live", "stale", "live", "closed"]);
  });

  it("has 200 products on a connection, and as many connections as that takes", async () => {
    const { client, lines, lineAt } = service();
    const ids = Array.from({ length: 450 }, (_, nth) => `P-${nth}`);
    const watch = client.watch(ids);
    const levels = watch[Symbol.asyncIterator]();
    const first = levels.next();
    await lineAt(2);
    expect(lines.map(({ products }) => products.length)).toEqual([200, 200, 50]);
    expect(new Set(lines.flatMap(({ products }) => products)).size).toBe(450);
    watch.remove(ids.slice(0, 200));
    watch.add(["NEW"]);
    const line = await lineAt(3);
    expect(lines[0]?.ended).toBe(true);
    expect(line.products).toEqual(["NEW"]);
    line.send(level("P-0", 1), level("NEW", 1));
    expect((await first).value).toMatchObject({ productId: "NEW" });
    await levels.return?.();
    await vi.waitFor(() => expect(lines.map(({ ended }) => ended)).not.toContain(false));
  });

  it.each([
    [401, "unauthenticated"],
    [403, "forbidden"],
  ] as const)("ends with the problem after %i", async (status, code) => {
    const { client, states } = service([refusal(status, code)]);
    const levels = client.watch(["A"])[Symbol.asyncIterator]();
    const error: unknown = await levels.next().catch((e: unknown) => e);
    expect(isProblem(error, code)).toBe(true);
    expect(states).toEqual(["connecting", "closed"]);
  });

  it("goes on after 503, and is offline until then", async () => {
    const { client, lineAt, states } = service([refusal(503, "overloaded")]);
    const levels = client.watch(["A"])[Symbol.asyncIterator]();
    const first = levels.next();
    (await lineAt(0)).send(level("A", 1));
    expect((await first).value).toMatchObject({ version: 1 });
    await levels.return?.();
    expect(states).toEqual(["connecting", "offline", "live", "closed"]);
  });

  it("ends at once with the signal's reason", async () => {
    const { client, lineAt } = service();
    const leaving = new AbortController();
    const levels = client.watch(["A"], { signal: leaving.signal })[Symbol.asyncIterator]();
    const first = levels.next().catch((e: unknown) => e);
    const line = await lineAt(0);
    const reason = new Error("left");
    leaving.abort(reason);
    expect(await first).toBe(reason);
    await vi.waitFor(() => expect(line.ended).toBe(true));
  });

  it("gives prices to who asked for them", async () => {
    const { client, lineAt } = service();
    const prices: string[] = [];
    const onQuote = ({ price }: { price: { amount: string } }) => prices.push(price.amount);
    const levels = client.watch(["A"], { onQuote })[Symbol.asyncIterator]();
    const first = levels.next();
    const quote = {
      type: "quote",
      productId: "A",
      price: { amount: "9.99", currency: "USD" },
      source: "feed",
    };
    (await lineAt(0)).send(quote, { ...quote, productId: "B" }, level("A", 1));
    await first;
    expect(prices).toEqual(["9.99"]);
    await levels.return?.();
  });
});

describe("a follower", () => {
  it("gives every event once and in order, however often it was cut off", async () => {
    const { client, lineAt } = service();
    const events = client.followEvents(5);
    const seen: number[] = [];
    const reading = (async () => {
      for await (const { offset } of events) if (seen.push(offset) === 4) break;
    })();
    const line = await lineAt(0);
    expect(line.url.searchParams.get("offset")).toBe("5");
    line.send(event(5), event(6));
    await vi.waitFor(() => expect(seen).toHaveLength(2));
    line.cut();
    const again = await lineAt(1);
    expect(again.url.searchParams.get("offset")).toBe("7");
    again.send(event(6), event(7), event(8));
    await reading;
    expect(seen).toEqual([5, 6, 7, 8]);
  });

  it("holds 1,000 events, then reads no more until these were read", async () => {
    const { client, lines, lineAt } = service();
    const events = client.followEvents(1);
    const first = events.next();
    const line = await lineAt(0);
    const all = Array.from({ length: 1500 }, (_, nth) => event(nth + 1));
    line.send(...all);
    const seen = [(await first).value?.offset];
    await vi.waitFor(() => expect(line.ended).toBe(true));
    expect(lines).toHaveLength(1);
    const reading = (async () => {
      for await (const { offset } of events) if (seen.push(offset) === all.length) break;
    })();
    const again = await lineAt(1);
    const from = Number(again.url.searchParams.get("offset"));
    // One or so was read before there were too many.
    expect(from).toBeGreaterThan(1000);
    expect(from).toBeLessThan(1010);
    again.send(...all.slice(from - 1));
    await reading;
    expect(seen).toEqual(all.map(({ offset }) => offset));
  });

  it("leaves out others, and comes back behind them", async () => {
    const { client, lineAt } = service();
    const events = client.followEvents(1, { type: "stock.low", productId: "A" });
    const first = events.next();
    const line = await lineAt(0);
    line.send(event(1, "stock.counted"), event(2, "stock.low", "B"));
    await new Promise((resolve) => setTimeout(resolve, 20));
    line.cut();
    const again = await lineAt(1);
    expect(again.url.searchParams.get("offset")).toBe("3");
    again.send(event(3));
    expect((await first).value).toMatchObject({ offset: 3 });
    await events.return();
  });

  it("begins at the end of the log where it is not said", async () => {
    const page = { events: [], nextOffset: 1, hasMore: false, count: 0 };
    const { client, lineAt } = service([Response.json(page, { headers: { "X-Book-Offset": "41" } })]);
    const events = client.followEvents();
    const first = events.next();
    const line = await lineAt(0);
    expect(line.url.searchParams.get("offset")).toBe("42");
    line.send(event(42));
    await first;
    await events.return();
  });

  it("throws what is no longer kept, with the oldest offset there is", async () => {
    const { client, lineAt } = service();
    const first = client.followEvents(1).next();
    first.catch(() => {});
    (await lineAt(0)).send({ type: "error", code: "offset_expired", detail: "gone", oldestOffset: 9 });
    const error: unknown = await first.catch((e: unknown) => e);
    expect(isProblem(error, "offset_expired") && error.problem.oldestOffset).toBe(9);
  });
});

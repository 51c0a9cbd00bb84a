import { afterEach, describe, expect, it, vi } from "vitest";
import { HUB_CUT_PATIENCE_MS, HUB_MAX_BUFFERED_BYTES } from "../../../src/limits";
import { closeSocket, SocketListener, StreamListener } from "../../../src/objects/hub/listener";
import { errorMessage, Message } from "../../../src/objects/hub/message";

const big = new Message("event", JSON.stringify("x".repeat(HUB_MAX_BUFFERED_BYTES / 4)), "7");

async function readAll(body: ReadableStream<Uint8Array>): Promise<string> {
  return new Response(body).text();
}

describe("a stream of Server-Sent Events", () => {
  afterEach(() => void vi.useRealTimers());

  it("opens with when to come back, and frames what it sends", async () => {
    const gone = vi.fn();
    const listener = new StreamListener(gone);
    listener.mark("41");
    listener.send(new Message("event", '{"a":1}', "42"));
    listener.send(errorMessage("code", "Detail."));
    listener.beat();
    expect(listener.open).toBe(true);
    listener.remember();
    listener.close(4410, "offset expired");
    expect(gone).toHaveBeenCalledOnce();
    expect(await readAll(listener.body)).toBe(
      'retry: 1000\n\nid: 41\n\nid: 42\nevent: event\ndata: {"a":1}\n\n' +
        'event: error\ndata: {"type":"error","code":"code","detail":"Detail."}\n\n:\n\n',
    );
    listener.send(big);
    listener.beat();
    listener.close(4410, "again");
    expect(gone).toHaveBeenCalledOnce();
  });

  it("is not ready while much is unread, and is cut off for too much, with the reason at the end", async () => {
    const gone = vi.fn();
    const listener = new StreamListener(gone);
    listener.send(big);
    expect(listener.ready).toBe(true);
    listener.send(big);
    expect(listener.ready).toBe(false);
    for (let i = 0; i < 3; i += 1) listener.send(big);
    expect(gone).toHaveBeenCalledOnce();
    expect([listener.open, listener.ready]).toEqual([false, false]);
    expect(await readUntil(listener.body, '"code":"too_slow"')).toContain('"close":4408');
  });

  it("what a reader who never reads was sent goes in the end", async () => {
    vi.useFakeTimers();
    const listener = new StreamListener(() => undefined);
    for (let i = 0; i < 6; i += 1) listener.send(big);
    vi.advanceTimersByTime(HUB_CUT_PATIENCE_MS + 1);
    vi.useRealTimers();
    await expect(readAll(listener.body)).rejects.toThrow("too slow");
  });

  it("ends for good when a reader that was too slow has read it all", async () => {
    vi.useFakeTimers();
    const listener = new StreamListener(() => undefined);
    for (let i = 0; i < 6; i += 1) listener.send(big);
    const reading = readAll(listener.body);
    for (let i = 0; i < 20; i += 1) await Promise.resolve();
    await vi.advanceTimersByTimeAsync(HUB_CUT_PATIENCE_MS + 1);
    vi.useRealTimers();
    expect(await reading).toContain('"code":"too_slow"');
  });

  it("knows when its reader has left", async () => {
    const gone = vi.fn();
    const listener = new StreamListener(gone);
    await listener.body.cancel();
    expect(gone).toHaveBeenCalledOnce();
    listener.send(big);
    listener.close(1000, "");
    expect(gone).toHaveBeenCalledOnce();
  });
});

async function readUntil(body: ReadableStream<Uint8Array>, wanted: string): Promise<string> {
  const reader = body.pipeThrough(new TextDecoderStream()).getReader();
  for (let text = ""; ;) {
    const { value = "", done } = await reader.read();
    text += value;
    if (text.includes(wanted) || done) return text.slice(-1000);
  }
}

describe("a socket", () => {
  it("is not troubled by having closed", () => {
    const { 1: server } = new WebSocketPair();
    server.accept();
    const listener = new SocketListener(
      server,
      () => 0,
      () => undefined,
    );
    expect([listener.open, listener.ready]).toEqual([true, true]);
    listener.mark();
    listener.close(4408, "too slow");
    listener.send(big);
    listener.remember({ to: "events", next: 1 });
    listener.close(1000, "");
    expect(listener.open).toBe(false);
  });

  it.each([
    [1000, 1000],
    [1001, 1000],
    [1005, 1000],
    [1006, 1000],
    [1015, 1000],
    [4408, 4408],
  ])("a close with %i is answered with %i", (code, answered) => {
    const close = vi.fn();
    closeSocket({ close } as unknown as WebSocket, code, "why");
    expect(close).toHaveBeenCalledWith(answered, "why");
  });
});

describe("a socket that is sent much", () => {
  const megabytes = (count: number) =>
    new Message("event", JSON.stringify("x".repeat(count * 1024 * 1024)), "7");

  function pair() {
    const { 0: client, 1: server } = new WebSocketPair();
    const heard: string[] = [];
    server.accept();
    client.accept();
    client.addEventListener("message", ({ data }) => heard.push(String(data).slice(0, 60)));
    const hub = { lastPingAt: vi.fn(() => 0), onCut: vi.fn() };
    return { hub, heard, client, listener: new SocketListener(server, hub.lastPingAt, hub.onCut) };
  }

  it("is ready again once it has said anything, or the runtime has answered its ping", () => {
    const { hub, listener } = pair();
    listener.send(megabytes(16));
    expect(listener.ready).toBe(false);
    listener.heard();
    expect(listener.ready).toBe(true);
    listener.send(megabytes(16));
    expect(listener.ready).toBe(false);
    hub.lastPingAt.mockReturnValue(Date.now() + 1);
    expect(listener.ready).toBe(true);
    listener.send(megabytes(16));
    hub.lastPingAt.mockReturnValue(1);
    expect(listener.ready).toBe(false);
  });

  it("and never says anything is cut off with the reason, and forgotten", async () => {
    const { hub, heard, client, listener } = pair();
    const closed = new Promise<CloseEvent>((resolve) => client.addEventListener("close", resolve));
    for (let i = 0; i < 17; i += 1) listener.send(megabytes(1));
    expect(hub.onCut).not.toHaveBeenCalled();
    listener.send(megabytes(1));
    expect(hub.onCut).toHaveBeenCalledOnce();
    expect((await closed).code).toBe(4408);
    expect(heard.at(-1)).toContain('"code":"too_slow"');
  });
});

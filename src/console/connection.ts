/** The one client of the page: what it says of the service's clock, of waiting, of a key that is refused, and of being live. */
import { computed, signal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import { createHoldfast, type LiveState } from "../client/client.ts";
import { isProblem } from "../client/problem.ts";
import { noteDate } from "./clock.ts";
import { currentKey, refused } from "./session.ts";

/** The browser says that there is no network at all. */
const isOffline = signal(!navigator.onLine);
addEventListener("online", () => (isOffline.value = false));
addEventListener("offline", () => {
  if (live.peek() === "live") liveUntilMs.value = Date.now();
  isOffline.value = true;
});

/** A page that has nothing live makes no connection. */
const socket = signal<LiveState>("closed");
export const live = computed<LiveState>(() => (isOffline.value ? "offline" : socket.value));
/** When, by this machine's clock, it was last live; for "as of 14:02". */
export const liveUntilMs = signal<number | undefined>(undefined);
/** Something waits before it is asked again: until then, in this machine's milliseconds. */
export const waitsUntilMs = signal<number | undefined>(undefined);

async function timedFetch(input: RequestInfo | URL, init?: RequestInit): Promise<Response> {
  const askedAtMs = Date.now();
  const answer = await fetch(input, init);
  noteDate(answer.headers.get("Date"), askedAtMs, Date.now());
  if (answer.status === 401) refused();
  return answer;
}

export const holdfast = createHoldfast({
  baseUrl: location.origin,
  key: currentKey,
  fetch: timedFetch,
  transport: "socket",
  onRetry: ({ delayMs }) => {
    waitsUntilMs.value = Date.now() + delayMs;
  },
  onState: (state) => {
    if (socket.peek() === "live" && state !== "live") liveUntilMs.value = Date.now();
    socket.value = state;
  },
});

const POLL_MS = 30_000;

/** While nothing comes by itself, asks again every half minute; `always`: to this key nothing does. */
export function usePolling(reload: () => void, always = false): void {
  const isSilent = always || live.value === "stale" || live.value === "offline";
  useEffect(() => {
    if (!isSilent) return;
    const timer = setInterval(reload, POLL_MS);
    return () => clearInterval(timer);
  }, [isSilent, reload]);
}

/** Tries a key before it is kept. Throws what the client throws. */
export function clientWith(key: string) {
  return createHoldfast({ baseUrl: location.origin, key, maxRetries: 1 });
}

/** What nobody has to be shown: the page went on to something else. */
export function isAbort(error: unknown): boolean {
  return error instanceof DOMException && error.name === "AbortError";
}

export function isUnauthenticated(error: unknown): boolean {
  return isProblem(error, "unauthenticated");
}

/**
 * Which products' numbers are wanted live: by rows on screen and by the open product, each counted. One watch serves all of
 * them, and ends with the session.
 */
import { effect } from "@preact/signals";
import { isProblem } from "../client/problem.ts";
import type { Watch } from "../client/watch.ts";
import { noteChangeAt } from "./clock.ts";
import { holdfast, isAbort, isUnauthenticated } from "./connection.ts";
import { isRefused, isSignedIn, refused, sessionNumber } from "./session.ts";
import { stock } from "./stock.ts";

const MAX_WANTED = 200;
const wantedCount = new Map<string, number>();
let watch: Watch | undefined;

/** Call what is returned when they are no longer wanted. */
export function want(productIds: readonly string[]): () => void {
  const wanted = productIds.filter((id) => wantedCount.has(id) || wantedCount.size < MAX_WANTED);
  const added = wanted.filter((id) => !wantedCount.has(id));
  for (const id of wanted) wantedCount.set(id, (wantedCount.get(id) ?? 0) + 1);
  if (added.length > 0) watch?.add(added);
  return () => {
    const ended = wanted.filter((id) => {
      const left = (wantedCount.get(id) ?? 1) - 1;
      if (left === 0) wantedCount.delete(id);
      else wantedCount.set(id, left);
      return left === 0;
    });
    if (ended.length > 0) watch?.remove(ended);
  };
}

async function listen(signal: AbortSignal): Promise<void> {
  watch = holdfast.watch([...wantedCount.keys()], { signal });
  try {
    for await (const { productId, version, onHand, reserved, available, availability, at } of watch) {
      const atMs = Date.parse(at);
      const before = stock.of(productId).peek();
      // A version on top of one that is known came just now; a first one may be of any age.
      if (before?.version === version - 1) noteChangeAt(atMs);
      stock.offer({ productId, version, onHand, reserved, available, availability, atMs });
    }
  } catch (error) {
    if (isAbort(error) || signal.aborted) return;
    if (isUnauthenticated(error)) return refused();
    // The pages say themselves what the key may not see.
    if (!isProblem(error, "forbidden")) console.error("live numbers ended", error);
  }
}

/** For as long as somebody is signed in, and again for each key. */
export function watchWhileSignedIn(): void {
  effect(() => {
    void sessionNumber.value;
    if (!isSignedIn.value || isRefused.value) return;
    const end = new AbortController();
    void listen(end.signal);
    return () => {
      end.abort();
      watch = undefined;
    };
  });
}

const observed = new Map<Element, string>();
const endByElement = new Map<Element, () => void>();
/** On screen or near it. Where there are more than may be wanted, some wait until others have gone. */
const near = new Set<Element>();

function wantNear(): void {
  for (const element of near) {
    const productId = observed.get(element);
    if (productId === undefined || endByElement.has(element)) continue;
    if (!wantedCount.has(productId) && wantedCount.size >= MAX_WANTED) continue;
    endByElement.set(element, want([productId]));
  }
}

function forget(element: Element): void {
  near.delete(element);
  endByElement.get(element)?.();
  endByElement.delete(element);
}

/** One screen around what is shown, so that scrolling meets numbers that are there. */
const observer =
  typeof IntersectionObserver === "undefined"
    ? undefined
    : new IntersectionObserver(
        (entries) => {
          for (const { target, isIntersecting } of entries) {
            if (isIntersecting) near.add(target);
            else forget(target);
          }
          wantNear();
        },
        { rootMargin: "100% 0px" },
      );

/** Wants the product while the element is on screen or near it. Call what is returned when the element goes. */
export function wantWhileSeen(element: Element, productId: string): () => void {
  observed.set(element, productId);
  observer?.observe(element);
  return () => {
    observer?.unobserve(element);
    observed.delete(element);
    forget(element);
    wantNear();
  };
}

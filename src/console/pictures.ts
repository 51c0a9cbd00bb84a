/**
 * Pictures are loaded few at a time: a browser has six connections to a host, and a picture whose host is slow would keep the
 * data waiting. What failed is not asked for again by this page.
 */
const AT_A_TIME = 2;
const failed = new Set<string>();
const waiting: (() => void)[] = [];
let loading = 0;

function next(): void {
  while (loading < AT_A_TIME) {
    const start = waiting.shift();
    if (!start) return;
    loading += 1;
    start();
  }
}

export function hasFailed(productId: string): boolean {
  return failed.has(productId);
}

/** Calls back when it may be loaded. What is returned says that it is over, also for whoever no longer wants it. */
export function whenItsTurn(productId: string, start: () => void): (hasNone?: "failed") => void {
  let state: "waiting" | "loading" | "over" = "waiting";
  const begin = () => {
    state = "loading";
    start();
  };
  waiting.push(begin);
  next();
  return (outcome) => {
    if (outcome === "failed") failed.add(productId);
    if (state === "waiting") waiting.splice(waiting.indexOf(begin), 1);
    if (state === "loading") loading -= 1;
    state = "over";
    next();
  };
}

/**
 * What changes on a page by itself is drawn on one beat, four times a second: a frame in which one number of a long table changes
 * costs nearly as much as one in which fifty do, and nobody reads faster. What comes between two beats waits for the next.
 */
const BEAT_MS = 250;
const waiting = new Set<() => void>();

/** Calls back once, in the frame of the next beat; asked for again before that, still once. A hidden tab has no frames. */
export function onBeat(call: () => void): void {
  waiting.add(call);
  if (waiting.size > 1) return;
  setTimeout(
    () => {
      // Each by itself: one that fails takes no other along.
      for (const each of waiting) requestAnimationFrame(each);
      waiting.clear();
    },
    // A timer may come a fraction of a millisecond early, and would find the same beat still to come.
    BEAT_MS - (performance.now() % BEAT_MS) + 1,
  );
}

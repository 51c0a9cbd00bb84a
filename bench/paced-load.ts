/** Load at a pace of its own, whether or not the answers keep up: what is late shows as late. */

const TICK_MS = 10;

/**
 * @param {{ perSecond: number, seconds: number, ask: (index: number) => Promise<Response>, expect: number }} plan
 * @returns {Promise<number>} how many were asked and answered as expected; throws when one was not
 */
export async function paced({ perSecond, seconds, ask, expect }) {
  const startedAt = performance.now();
  const asked = [];
  const total = Math.round(perSecond * seconds);
  while (asked.length < total) {
    const due = Math.min(total, Math.floor(((performance.now() - startedAt) / 1000) * perSecond) + 1);
    while (asked.length < due) asked.push(answered(ask(asked.length), expect));
    await new Promise((resolve) => setTimeout(resolve, TICK_MS));
  }
  await Promise.all(asked);
  return total;
}

/** @param {Promise<Response>} asking @param {number} expect */
async function answered(asking, expect) {
  const answer = await asking;
  const text = await answer.text();
  if (answer.status !== expect) throw new Error(`answered ${answer.status}: ${text.slice(0, 300)}`);
}

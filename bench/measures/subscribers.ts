/** B6: a crowd that watches a product does not slow down who buys it. */
import { decimal, ratioClaim } from "../finding.mjs";
import { Crowd } from "../crowd.mjs";
import { startHoldfast, stockProducts } from "../stage.mjs";
import { HOT_PRODUCT, subjects } from "../subjects.mjs";
import { race, ratioOf } from "../turns.mjs";

const LISTENERS = 2000;

/**
 * Two of ours, one of them watched by a crowd.
 * @param {import("../stage.mjs").Stage} stage @param {import("../build.mjs").Bundle} bundle
 * @returns {Promise<import("../finding.mjs").Finding>}
 */
export async function reserveWatched(stage, bundle) {
  const { site, book } = await startHoldfast("watched", bundle);
  const crowd = new Crowd();
  try {
    await stockProducts(site, book, { ids: [HOT_PRODUCT] });
    const unwatched = await subjects.B1(stage);
    await crowd.listen(site, `/v1/inventory/${HOT_PRODUCT}/live`, LISTENERS);
    const watched = { ...unwatched, site, book, label: "reserve, 2,000 listeners" };
    const contestants = [watched, unwatched];
    const turnsByLabel = Object.fromEntries(await race(stage.load, "B6", { contestants, pace: stage.pace }));
    const [ours = [], theirs = []] = contestants.map(({ label }) => turnsByLabel[label]);
    const version = await versionOf(site);
    const heard = await crowd.until(version);
    return {
      id: "B6",
      what: "reserve while 2,000 listeners watch that product",
      labels: contestants.map(({ label }) => label),
      turnsByLabel,
      claims: [ratioClaim(ratioOf(ours, theirs), { least: 0.85, of: "the same without listeners" })],
      notes: [
        `B6: ${decimal(heard.messages)} messages reached ${decimal(heard.listeners)} sockets; versions only rose, and all of ` +
          `them ended at ${version}. Listeners, hub and product share workerd's one thread here.`,
      ],
    };
  } finally {
    await crowd.leave();
    await site.stop();
  }
}

/** @param {import("../site.mjs").Site} site @returns {Promise<number>} */
async function versionOf(site) {
  const answer = await fetch(new URL(`/v1/inventory/${HOT_PRODUCT}`, site.url), {
    headers: { "X-API-Key": "demo" },
  });
  return (await answer.json()).version;
}

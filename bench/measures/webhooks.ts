/** B15: webhooks whose filters want nothing of what happens do not slow it down. */
import { decimal } from "../finding.mjs";
import { ADMIN_KEY } from "../site.mjs";
import { startHoldfast, stockProducts } from "../stage.mjs";
import { HOT_PRODUCT, subjects } from "../subjects.mjs";
import { race, ratioOf } from "../turns.mjs";

const WEBHOOKS = 100;
const LEAST = 0.9;

/**
 * Two of ours, one of them followed.
 * @param {import("../stage.mjs").Stage} stage @param {import("../build.mjs").Bundle} bundle
 * @returns {Promise<import("../finding.mjs").Finding>}
 */
export async function reserveFollowed(stage, bundle) {
  const { site, book } = await startHoldfast("followed", bundle);
  try {
    await stockProducts(site, book, { ids: [HOT_PRODUCT] });
    const alone = await subjects.B1(stage);
    for (let n = 0; n < WEBHOOKS; n += 1) await addWebhook(site, n);
    const followed = { ...alone, site, book, label: "reserve, 100 webhooks" };
    const contestants = [followed, alone];
    const turnsByLabel = Object.fromEntries(await race(stage.load, "B15", { contestants, pace: stage.pace }));
    const [ours = [], theirs = []] = contestants.map(({ label }) => turnsByLabel[label]);
    const { ratio, byCpu } = ratioOf(ours, theirs);
    const behind = await furthestBehind(site);
    return {
      id: "B15",
      what: `reserve while ${WEBHOOKS} webhooks whose filters want none of it follow the book`,
      labels: contestants.map(({ label }) => label),
      turnsByLabel,
      claims: [
        {
          says: `${decimal(byCpu, 2)} of the same without webhooks by CPU time (${decimal(ratio, 2)} by the clock)`,
          reach: `>= ${decimal(LEAST, 2)}`,
          reached: byCpu >= LEAST,
        },
      ],
      notes: [
        `B15: half of them want another product, half another type; afterwards the last was ${decimal(behind)} behind.`,
      ],
    };
  } finally {
    await site.stop();
  }
}

const HEADERS = { "X-API-Key": ADMIN_KEY, "Content-Type": "application/json" };

/** @param {import("../site.mjs").Site} site @param {number} n */
async function addWebhook(site, n) {
  const filter = n % 2 === 0 ? { productIds: ["another"] } : { types: ["product.deleted"] };
  const body = JSON.stringify({ url: `https://hooks.example.com/${n}`, ...filter });
  const answer = await fetch(new URL("/v1/webhooks", site.url), { method: "POST", headers: HEADERS, body });
  const text = await answer.text();
  if (answer.status !== 201) throw new Error(`a webhook was answered ${answer.status}: ${text}`);
}

/** @param {import("../site.mjs").Site} site @returns {Promise<number>} */
async function furthestBehind(site) {
  const answer = await fetch(new URL("/v1/webhooks?limit=100", site.url), { headers: HEADERS });
  return Math.max(...(await answer.json()).items.map(({ behind }) => behind));
}

/** B3 and B4: the catalog from KV, and the stock from its object. */
import { decimal, ratioClaim } from "../finding.mjs";
import { API_KEY } from "../site.mjs";
import { HOT_PRODUCT, floorContestant, stockProducts } from "../stage.mjs";
import { medianTurn, race, ratioOf } from "../turns.mjs";

const PUBLISH_PATIENCE_MS = 15_000;

/** @param {import("../stage.mjs").Stage} stage @param {string} label @param {string} path @returns {import("../turns.mjs").Contestant} */
export function readContestant({ holdfast }, label, path) {
  return { label, site: holdfast, requests: { maker: "get", options: { paths: [path], apiKey: API_KEY }, expect: 200 } };
}

/** @param {import("../stage.mjs").Stage} stage @returns {Promise<import("../finding.mjs").Finding>} */
export async function catalogRead(stage) {
  const path = `/v1/products/${HOT_PRODUCT}`;
  await stockProducts(stage.holdfast, stage.book, { ids: [HOT_PRODUCT] });
  const entry = await waitForEntry(stage.holdfast, path);
  await fetch(new URL(`/kv/${HOT_PRODUCT}`, stage.floor.url), { method: "PUT", body: entry });
  const contestants = [
    readContestant(stage, "catalog read", path),
    floorContestant(stage, "constant", ["/constant"]),
    floorContestant(stage, "KV read of the same entry", [`/kv/${HOT_PRODUCT}`]),
  ];
  const turnsByLabel = Object.fromEntries(await race(stage.load, "B3", { contestants, pace: stage.pace }));
  const ours = turnsByLabel["catalog read"] ?? [];
  const kv = turnsByLabel["KV read of the same entry"] ?? [];
  const ofKv = ratioOf(ours, kv);
  return {
    id: "B3",
    what: "catalog read, KV hit",
    labels: contestants.map(({ label }) => label),
    turnsByLabel,
    claims: [ratioClaim(ratioOf(ours, turnsByLabel.constant ?? []), { least: 0.5, of: "a constant route" })],
    notes: [
      `The KV read alone: ${decimal(medianTurn(kv).perSecond)}/s, and the catalog read does ` +
        `${decimal(ofKv.ratio, 2)} of that. KV here is Miniflare's, an object with SQLite and a file per entry.`,
    ],
  };
}

/** @param {import("../stage.mjs").Stage} stage @returns {Promise<import("../finding.mjs").Finding>} */
export async function stockRead(stage) {
  await stockProducts(stage.holdfast, stage.book, { ids: [HOT_PRODUCT] });
  const contestants = [
    readContestant(stage, "stock read", `/v1/inventory/${HOT_PRODUCT}`),
    floorContestant(stage, "RPC to an empty object", [`/empty/${HOT_PRODUCT}`]),
  ];
  const turnsByLabel = Object.fromEntries(await race(stage.load, "B4", { contestants, pace: stage.pace }));
  const ratio = ratioOf(turnsByLabel["stock read"] ?? [], turnsByLabel["RPC to an empty object"] ?? []);
  return {
    id: "B4",
    what: "stock read of one product, from the object",
    labels: contestants.map(({ label }) => label),
    turnsByLabel,
    claims: [ratioClaim(ratio, { least: 0.85, of: "an RPC to an empty object" })],
    notes: [],
  };
}

/** Asks until KV has the entry. @param {import("../site.mjs").Site} site @param {string} path @returns {Promise<string>} */
async function waitForEntry(site, path) {
  const kv = await site.miniflare.getKVNamespace("CATALOG", site.name);
  const endsAt = performance.now() + PUBLISH_PATIENCE_MS;
  while (performance.now() < endsAt) {
    const answer = await fetch(new URL(path, site.url), { headers: { "X-API-Key": API_KEY } });
    const text = await answer.text();
    if (answer.status !== 200) throw new Error(`${path} answered ${answer.status}: ${text}`);
    if ((await kv.list()).keys.length > 0) return text;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  throw new Error(`${path} was never published to KV`);
}

/**
 * A shop's page, of another origin than the service, in headless Chromium: it reserves, and watches by stream and by socket, with
 * a publishable key; a page of a third origin may do nothing with that key. Skipped where no Chromium is found: npx node
 * test/e2e/browser.ts
 */
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { createServer } from "node:http";
import { join } from "node:path";
import { z } from "zod";
import { findChromium, startChromium, type Page } from "./chromium.ts";
import { createProducts, readStock } from "./products.ts";
import { runTest, type Test } from "./run-test.ts";

const PRODUCT = "BROWSED-1";
const RESERVE = `ask("POST /v1/inventory/${PRODUCT}/reserve", { quantity: 1 })`;
const NEW_TICKET = `ask("POST /v1/live/tickets", {})`;
const LIVE = `/v1/inventory/${PRODUCT}/live`;

const answered = z.object({
  status: z.number(),
  etag: z.string().nullable(),
  id: z.string(),
  body: z.unknown(),
});

const chromium = findChromium();
if (chromium === undefined) {
  console.log("browser: SKIPPED, since no Chromium is on the path (nor named by CHROMIUM)");
  process.exit();
}

await runTest({
  title: "browser: pages of two origins",
  limitSeconds: 180,
  run: async (test) => {
    const { api, say } = test;
    await createProducts(api, [PRODUCT], 10);
    await using shop = await servePage();
    await using stranger = await servePage();
    const scopes = ["catalog:read", "stock:read", "reservations:write"];
    const body = { name: "a shop's page", scopes, origins: [shop.origin] };
    const { key } = await api.read(z.object({ key: z.string() }), "POST /v1/admin/keys", { body });
    await using browser = await startChromium(chromium);
    const [ours, theirs] = [await browser.open(shop.origin), await browser.open(stranger.origin)];
    for (const page of [ours, theirs])
      await page.evaluate(`api = ${JSON.stringify(test.server.url)}; key = ${JSON.stringify(key)}; 0`);
    const ticket = await checkShop(test, ours);
    say(`the page of ${shop.origin} reserved, and watched`);
    await checkStranger(test, theirs, { key, ticket });
    say(`the page of ${stranger.origin} was refused`);
  },
});

async function servePage() {
  const html = readFileSync(join(import.meta.dirname, "shop-page.html"));
  const server = createServer((_, response) => response.setHeader("Content-Type", "text/html").end(html));
  await once(server.listen(0, "127.0.0.1"), "listening");
  const { port } = z.object({ port: z.number() }).parse(server.address());
  return { origin: `http://127.0.0.1:${port}`, [Symbol.asyncDispose]: () => server[Symbol.asyncDispose]() };
}

/** Reserves while a stream and two sockets watch; answers a ticket of the page. */
async function checkShop({ api, expect }: Test, page: Page): Promise<string> {
  const read = answered.parse(await page.evaluate(`ask("GET /v1/inventory/${PRODUCT}")`));
  expect(
    read.status === 200 && read.etag !== null && read.id === "from-a-page",
    `read: ${JSON.stringify(read)}`,
  );
  const made = answered.parse(await page.evaluate(NEW_TICKET));
  const { ticket } = z.object({ ticket: z.string() }).parse(made.body);
  const isHeld = "(message) => message.type === 'level' && message.reserved === 1";
  const watching = [
    page.evaluate(`stream("${LIVE}?ticket=${ticket}", ${isHeld})`),
    page.evaluate(`socket("${LIVE}?ticket=${ticket}", ["holdfast.v1"], ${isHeld})`),
    page.evaluate(`socket("${LIVE}", ["holdfast.v1", "holdfast.key." + key], ${isHeld})`),
  ];
  const held = answered.parse(await page.evaluate(RESERVE));
  expect(held.status === 201, `reserve: ${JSON.stringify(held)}`);
  for (const seen of await Promise.all(watching)) {
    const isLevel = z
      .object({ productId: z.literal(PRODUCT), available: z.literal(9) })
      .safeParse(seen).success;
    expect(isLevel, `a watcher saw ${JSON.stringify(seen)}`);
  }
  const { reserved } = await readStock(api, PRODUCT);
  expect(reserved === 1, `${reserved} are reserved`);
  return ticket;
}

/** With the same key, and with a ticket that the shop's page was given. */
async function checkStranger(
  { api, expect }: Test,
  page: Page,
  { key, ticket }: { key: string; ticket: string },
): Promise<void> {
  for (const request of [RESERVE, NEW_TICKET, `ask("GET /v1/inventory/${PRODUCT}")`]) {
    const answer = await page.evaluate(request);
    expect(
      z.object({ failed: z.string() }).safeParse(answer).success,
      `${request}: ${JSON.stringify(answer)}`,
    );
  }
  const any = "() => true";
  for (const attempt of [
    `stream("${LIVE}?ticket=${ticket}", ${any})`,
    `socket("${LIVE}?ticket=${ticket}", ["holdfast.v1"], ${any})`,
    `socket("${LIVE}", ["holdfast.v1", "holdfast.key.${key}"], ${any})`,
  ]) {
    const seen = await page.evaluate(attempt);
    expect(seen === "refused", `${attempt.split(",")[0]}: ${JSON.stringify(seen)}`);
  }
  const { reserved } = await readStock(api, PRODUCT);
  expect(reserved === 1, `${reserved} are reserved after the stranger`);
}

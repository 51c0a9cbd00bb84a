/** The examples, used as they stand: a shop's page of another origin, and a warehouse that is killed while it follows the book. */
import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { mkdtempDisposableSync, readFileSync } from "node:fs";
import { createServer } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { build } from "esbuild";
import { chromium, type Page } from "playwright-core";
import { z } from "zod";
import { createHoldfast, type Holdfast } from "../../src/client/client.ts";
import { PROJECT_DIRECTORY } from "../../scripts/wrangler.ts";
import { findChromium } from "./chromium.ts";
import { startConnections } from "./connections.ts";
import { runTest, type Test } from "./run-test.ts";

const EXAMPLES = join(PROJECT_DIRECTORY, "examples");
const PRODUCT = "SHOWN-1";
const STOCK = 5;
/** How long the page holds what is in the cart. */
const TTL_SECONDS = 4;
const SALES_MS = 1200;
const KILLS = 4;
const CATCH_UP_MS = 15_000;

const line = z.object({ offset: z.number(), pick: z.object({ orderId: z.string().nullable() }) });

await runTest({
  title: "examples: a shop's page, and a warehouse that follows the book",
  limitSeconds: 180,
  run: async (test) => {
    const built = spawnSync(process.execPath, ["scripts/build-client.ts"], { cwd: PROJECT_DIRECTORY });
    test.expect(built.status === 0, `the client was not built: ${built.stderr.toString()}`);
    const holdfast = createHoldfast({ baseUrl: test.server.url, key: test.server.keys.admin });
    await checkWarehouse(test, holdfast);
    await checkShop(test, holdfast);
  },
});

/** Sells on and on while the warehouse is killed again and again; at the end its list has every sale once, in order. */
async function checkWarehouse({ server, expect, say }: Test, holdfast: Holdfast): Promise<void> {
  await holdfast.stock.create({ productId: "PICKED-1", initialQuantity: 100_000 });
  using scratch = mkdtempDisposableSync(join(tmpdir(), "holdfast-picks-"));
  const file = join(scratch.path, "picks.ndjson");
  const sales = startConnections(4, async () => {
    const orderId = `ORDER-${crypto.randomUUID()}`;
    const { reservationId } = await holdfast.reserve("PICKED-1", { quantity: 1, orderId });
    await holdfast.reservations.confirm(reservationId);
  });
  const follow = () =>
    spawn(process.execPath, [join(EXAMPLES, "follow-the-book.ts"), file], {
      cwd: PROJECT_DIRECTORY,
      env: { ...process.env, HOLDFAST_URL: server.url, HOLDFAST_KEY: server.keys.admin },
      stdio: "ignore",
    });
  const picked = () => readLines(file);
  for (let kill = 0; kill < KILLS; kill += 1) {
    const warehouse = follow();
    const before = picked().length;
    while (picked().length === before) await sleep(20);
    await sleep(Math.random() * SALES_MS);
    warehouse.kill("SIGKILL");
    await once(warehouse, "exit");
  }
  await sales.stop();
  const warehouse = follow();
  try {
    const wait = AbortSignal.timeout(CATCH_UP_MS);
    const { onHand } = await holdfast.stock.get("PICKED-1");
    const sold = 100_000 - onHand;
    while (picked().length < sold && !wait.aborted) await sleep(50);
    const offsets: number[] = [];
    for (let offset = 1, hasMore = true; hasMore;) {
      const page = await holdfast.readEvents({ offset, limit: 1000, type: "reservation.confirmed" });
      offsets.push(...page.events.map((event) => event.offset));
      ({ nextOffset: offset, hasMore } = page);
    }
    const found = picked();
    expect(found.length === sold, `${found.length} picks of ${sold} sales`);
    expect(offsets.join() === found.map(({ offset }) => offset).join(), "the list is not the log");
    expect(new Set(found.map(({ pick }) => pick.orderId)).size === sold, "an order was picked twice");
    say(`the warehouse was killed ${KILLS} times and has ${found.length} sales, each once, in order`);
  } finally {
    warehouse.kill("SIGKILL");
    await once(warehouse, "exit");
  }
}

function readLines(file: string): z.infer<typeof line>[] {
  try {
    const whole = readFileSync(file, "utf8").split("\n").slice(0, -1);
    return whole.map((text) => line.parse(JSON.parse(text)));
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") return [];
    throw error;
  }
}

async function checkShop(test: Test, holdfast: Holdfast): Promise<void> {
  const { server, expect, say } = test;
  const executablePath = findChromium();
  if (executablePath === undefined) return expect(false, "there is no Chromium on the path");
  await holdfast.products.create({ productId: PRODUCT, name: "Millennium Falcon" });
  await holdfast.stock.adjust(PRODUCT, { delta: STOCK, type: "receipt", reason: "delivery" });
  const page = { key: "" };
  await using shop = await serveShop(() => ({ service: server.url, key: page.key }));
  const scopes = ["catalog:read" as const, "stock:read" as const, "reservations:write" as const];
  ({ key: page.key } = await holdfast.keys.create({ name: "shop", scopes, origins: [shop.origin] }));
  const browser = await chromium.launch({ executablePath, args: ["--no-sandbox"] });
  try {
    const tab = await browser.newPage();
    tab.on("pageerror", (error) => expect(false, `the page: ${error}`));
    await tab.goto(shop.origin);
    await shopInTime(test, tab, holdfast);
    await shopLate(test, tab, holdfast);
  } finally {
    await browser.close();
  }
  say("a shop's page held, extended, expired, paid late and was refused");
}

async function shopInTime({ expect }: Test, tab: Page, holdfast: Holdfast): Promise<void> {
  await has(tab, "#available", String(STOCK));
  await holdfast.stock.adjust(PRODUCT, { delta: 1, type: "receipt", reason: "delivery" });
  await has(tab, "#available", String(STOCK + 1));
  // The page is loaded again before it hears that it was given the hold.
  await tab.route("**/reserve", (route) => void route.fetch(), { times: 1 });
  await tab.fill("[name=quantity]", "2");
  await tab.click("#hold button");
  await has(tab, "#available", String(STOCK - 1));
  await tab.reload();
  await has(tab, "#held", "2");
  await has(tab, "#left", "0:02");
  await tab.click("#longer");
  await has(tab, "#message", "You have more time.");
  await has(tab, "#left", "0:04");
  await tab.click("#pay");
  await has(tab, "#message", "Thank you. It is yours.");
  const orderId = await tab.evaluate("document.body.dataset.order");
  const order = await holdfast.orders.get(String(orderId));
  const [sold] = order.reservations;
  expect(order.state === "confirmed" && sold?.confirmed === 2, JSON.stringify(order));
  const handedOver = { productId: PRODUCT, type: "reservation.released" } as const;
  for await (const { data } of holdfast.followEvents(1, handedOver)) {
    expect(
      data.supersededBy === sold?.reservationId,
      `the hold was not handed over: ${JSON.stringify(data)}`,
    );
    break;
  }
}

async function shopLate({ expect }: Test, tab: Page, holdfast: Holdfast): Promise<void> {
  const over = "Your time is over. If you pay now, you get it if it is still there.";
  await tab.fill("[name=quantity]", "1");
  await tab.click("#hold button");
  await has(tab, "#message", over);
  await tab.click("#pay");
  await has(tab, "#message", "That took long, but it was still there. It is yours.");
  await has(tab, "#available", String(STOCK - 2));
  await tab.click("#hold button");
  await has(tab, "#message", over);
  await holdfast.stock.count(PRODUCT, { newQuantity: 0, reason: "all broken", force: true });
  await tab.click("#pay");
  await has(tab, "#message", "There is not enough: 0 left. Nothing was charged.");
  const { onHand, reserved } = await holdfast.stock.get(PRODUCT);
  expect(onHand === 0 && reserved === 0, `${onHand} on hand, ${reserved} reserved after a refused payment`);
}

async function has(tab: Page, selector: string, text: string): Promise<void> {
  const isThere = `document.querySelector(${JSON.stringify(selector)})?.textContent === ${JSON.stringify(text)}`;
  await tab.waitForFunction(isThere, undefined, { timeout: 12_000 }).catch(async (error: unknown) => {
    throw new Error(`${selector} is not "${text}" but "${await tab.textContent(selector)}"`, {
      cause: error,
    });
  });
}

/** As whoever sets the shop up would have written it into the page. */
async function serveShop(settings: () => { service: string; key: string }) {
  const script = await bundleShop();
  const server = createServer(({ url = "/" }, response) => {
    const read = (...path: string[]) => readFileSync(join(PROJECT_DIRECTORY, ...path), "utf8");
    const { service, key } = settings();
    if (url === "/")
      return response
        .setHeader("Content-Type", "text/html")
        .end(
          read("examples", "storefront", "index.html")
            .replace("http://127.0.0.1:8787", service)
            .replace("hf_pub_…", key)
            .replace("75192-1", PRODUCT)
            .replace('"600"', `"${TTL_SECONDS}"`),
        );
    if (url !== "/shop.js") return response.writeHead(404).end();
    return response.setHeader("Content-Type", "text/javascript").end(script);
  });
  await once(server.listen(0, "127.0.0.1"), "listening");
  const { port } = z.object({ port: z.number() }).parse(server.address());
  return {
    origin: `http://127.0.0.1:${port}`,
    [Symbol.asyncDispose]: () => {
      server.closeAllConnections();
      return server[Symbol.asyncDispose]();
    },
  };
}

/** As examples/README.md says. */
async function bundleShop(): Promise<string> {
  const { outputFiles } = await build({
    absWorkingDir: PROJECT_DIRECTORY,
    entryPoints: [join(EXAMPLES, "storefront", "shop.ts")],
    bundle: true,
    format: "esm",
    write: false,
  });
  const [file] = outputFiles;
  if (!file) throw new Error("the bundler made nothing");
  return file.text;
}

/** A webhook: made, tried, failing, switched off and on, replayed, given another secret, and deleted. */
import { once } from "node:events";
import { createServer } from "node:http";
import { text } from "node:stream/consumers";
import { Webhook } from "standardwebhooks";
import { z } from "zod";
import { said, tabTo } from "./reading.ts";
import { checkState } from "./states.ts";
import type { Console, Window } from "./window.ts";

const PRODUCT = "WALK-HOOK";

interface Endpoint extends AsyncDisposable {
  readonly url: string;
  /** What it answers. */
  status: number;
  secret: string;
  attempts: number;
  /** Of what came unsigned, or signed with something else. */
  readonly findings: string[];
}

async function startEndpoint(): Promise<Endpoint> {
  const server = createServer(async (request, response) => {
    const body = await text(request);
    endpoint.attempts += 1;
    const headers = Object.entries(request.headers).map(([name, value]) => [name, String(value)]);
    try {
      new Webhook(endpoint.secret).verify(body, Object.fromEntries(headers));
    } catch (error) {
      endpoint.findings.push(`a webhook's message is not signed: ${String(error)}`);
    }
    response.writeHead(endpoint.status).end();
  });
  await once(server.listen(0, "127.0.0.1"), "listening");
  const { port } = z.object({ port: z.number() }).parse(server.address());
  const endpoint: Endpoint = {
    url: `http://127.0.0.1:${port}/in`,
    status: 204,
    secret: "",
    attempts: 0,
    findings: [],
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections();
      await server[Symbol.asyncDispose]();
    },
  };
  return endpoint;
}

export async function walkWebhooks(console: Console): Promise<void> {
  const { server } = console.test;
  await using endpoint = await startEndpoint();
  await using window = await console.open({ key: server.keys.admin, path: "/console/webhooks" });
  await make(console, window, endpoint);
  await delivers(console, window);
  endpoint.status = 500;
  await fails(console, window);
  endpoint.status = 204;
  await byKeyboard(console, window, endpoint);
  console.test.find(endpoint.findings);
  await change(console, window);
}

async function make(console: Console, window: Window, endpoint: Endpoint): Promise<void> {
  const { page } = window;
  const form = page.getByRole("form", { name: "New webhook" });
  window.allow(400, /\/v1\/webhooks$/);
  await form.getByLabel("Address").fill("ftp://somewhere.example");
  await form.getByLabel("Only of these products").fill(PRODUCT);
  await form.getByRole("button", { name: "Make webhook" }).click();
  await form.getByRole("alert").first().waitFor();
  await checkState(console, window, "webhooks-refused");
  await form.getByLabel("Address").fill(endpoint.url);
  await form.getByLabel("Description").fill("The harbour's till");
  await form.getByText("All events").click();
  await form.getByLabel("stock.adjusted").check();
  await form.getByRole("button", { name: "Make webhook" }).click();
  const secret = page.getByRole("region", { name: /^The secret of/ });
  endpoint.secret = await secret.getByRole("textbox").inputValue();
  await checkState(console, window, "webhooks-secret");
  await secret.getByRole("button", { name: "I have kept it" }).click();
  await page
    .getByRole("row", { name: /harbour's till/ })
    .getByText("Active")
    .waitFor();
  await page.getByRole("link", { name: /127\.0\.0\.1/ }).click();
  await page.getByText("Nothing was sent yet.").waitFor();
}

async function adjust({ test: { api } }: Console): Promise<void> {
  const body = { delta: 1, type: "receipt", reason: "for the webhook", locationId: "main" };
  await api.call(`POST /v1/inventory/${PRODUCT}/adjust`, { body });
}

async function delivers(console: Console, window: Window): Promise<void> {
  const { page } = window;
  await page.getByRole("button", { name: "Send test" }).click();
  await said(page, "Test delivered in");
  await adjust(console);
  await page
    .getByRole("row", { name: /stock\.adjusted/ })
    .getByText("Delivered")
    .first()
    .waitFor();
  await checkState(console, window, "webhook");
}

async function fails(console: Console, window: Window): Promise<void> {
  const { page } = window;
  await page.getByRole("button", { name: "Send test" }).click();
  await said(page, "Test not delivered: answered 500");
  await adjust(console);
  await page
    .getByRole("row", { name: /answered 500/ })
    .first()
    .waitFor();
  await page.locator(".product-head").getByText("Failing").waitFor();
  await checkState(console, window, "webhook-failing");
  await page.getByRole("button", { name: "Disable" }).click();
  await page.getByText("Somebody disabled it.").waitFor();
  await checkState(console, window, "webhook-disabled");
  await page.getByRole("button", { name: "Enable" }).click();
  await page.getByText("Somebody disabled it.").waitFor({ state: "detached" });
}

/** All that there was is sent again, and the page says so. */
async function byKeyboard(console: Console, window: Window, endpoint: Endpoint): Promise<void> {
  const { page } = window;
  const { keyboard } = page;
  await page.evaluate(() => document.querySelector("main")?.focus());
  await tabTo(page, /^Edit$/);
  await keyboard.press("ArrowRight");
  await tabTo(page, /^From offset/);
  await keyboard.type("soon");
  await keyboard.press("Enter");
  await page.getByRole("alert").getByText("Write a whole number.").waitFor();
  const before = endpoint.attempts;
  await keyboard.press("Control+A");
  await keyboard.type("1");
  await keyboard.press("Enter");
  await said(page, "Goes on from offset 1");
  await page.locator(".product-head").getByText("Active").waitFor();
  console.test.expect(endpoint.attempts >= before, "nothing was sent");
}

async function change(console: Console, window: Window): Promise<void> {
  const { page } = window;
  await page.getByRole("button", { name: "Rotate secret" }).click();
  const sure = page.getByRole("group", { name: "Rotate secret" });
  await sure.getByRole("button", { name: "Keep it" }).click();
  await page.getByRole("button", { name: "Rotate secret" }).click();
  await checkState(console, window, "webhook-sure");
  await sure.getByRole("button", { name: "Rotate secret" }).click();
  await page.getByRole("button", { name: "I have kept it" }).click();
  // The page asks for it every few seconds, and may have asked just before.
  window.allow(404, /\/v1\/webhooks\//);
  await page.getByRole("button", { name: "Delete webhook" }).click();
  await page
    .getByRole("group", { name: "Delete webhook" })
    .getByRole("button", { name: "Delete webhook" })
    .click();
  await said(page, "deleted");
  await page.getByRole("heading", { name: "Webhooks", level: 1 }).waitFor();
  await page.getByText("Nothing is sent anywhere.").waitFor();
  await page.goBack();
}

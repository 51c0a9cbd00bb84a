/**
 * A shop's page: stock as it changes, a hold while the shopper makes up their mind, and the hold handed over to an order. What
 * a page says of payment is worth nothing: in a real shop your server confirms, with a key of its own, when the provider says
 * that it was paid.
 */
import { ConnectionError, createHoldfast, isProblem, type Reservation } from "holdfast/client";

const { service = "", key = "", product = "", ttlSeconds = "600" } = document.body.dataset;
const ttl = Number(ttlSeconds);
const holdfast = createHoldfast({
  baseUrl: service,
  key,
  onState: (state) => show("live", state === "live" ? "" : "(may be old)"),
});

/** The hold in the cart. A reload finds it again. */
let hold: Reservation | undefined;
/** How far the service's clock is ahead of this one. */
let aheadMs = 0;
/** The same press of a button is the same request until it is answered, however often it is pressed. */
let pressed: { what: string; key: string; busy?: boolean } | undefined;

const form = element("hold", HTMLFormElement);
form.addEventListener("submit", (event) => {
  event.preventDefault();
  void putInCart(Number(new FormData(form).get("quantity")), hold?.reservationId);
});

onClick("longer", "extend", async ({ reservationId }, idempotencyKey) => {
  keep(await holdfast.reservations.extend(reservationId, ttl, { idempotencyKey }));
  say("You have more time.");
});

onClick("release", "release", async ({ reservationId }, idempotencyKey) => {
  keep(await holdfast.reservations.cancel(reservationId, { idempotencyKey }));
  say("It is back on the shelf.");
});

onClick("pay", "pay", async (inCart, idempotencyKey) => {
  const isLate = leftMs(inCart) <= 0;
  // Nobody can guess the id of an order: who knows it could look at it.
  const orderId = `order-${idempotencyKey}`;
  // The order gets the units of the hold. Of one that has expired it gets what is still free.
  const { quantity, reservationId: supersedes } = inCart;
  const body = { quantity, orderId, ttlSeconds: ttl, supersedes };
  const ordered = await holdfast.reserve(product, body, { idempotencyKey });
  await holdfast.orders
    .confirm(orderId, { idempotencyKey: `${idempotencyKey}/paid` })
    .catch((error: unknown) => {
      // Unless it is not known: then a second press has to ask for the very same.
      if (isProblem(error)) keep(ordered);
      throw error;
    });
  keep(undefined);
  document.body.dataset.order = orderId;
  say(isLate ? "That took long, but it was still there. It is yours." : "Thank you. It is yours.");
});

/** It is written down until it is answered: a reload before that asks the very same again, and gets the same hold. */
function putInCart(quantity: number, supersedes: string | undefined): Promise<void> {
  const given = supersedes === undefined ? {} : { supersedes };
  return act(`hold ${quantity}`, async (idempotencyKey) => {
    const asked = new URLSearchParams({ idempotencyKey, quantity: String(quantity), ...given });
    sessionStorage.setItem("asked", asked.toString());
    keep(await holdfast.reserve(product, { quantity, ttlSeconds: ttl, ...given }, { idempotencyKey }));
    say(`${quantity} are yours for now.`);
  });
}

/** What is done with the hold in the cart. */
function onClick(id: string, what: string, work: (inCart: Reservation, key: string) => Promise<void>): void {
  element(id).addEventListener("click", () => {
    const inCart = hold;
    if (inCart) void act(what, (key) => work(inCart, key));
  });
}

/** One thing at a time; what is refused is said in words. */
async function act(what: string, work: (key: string) => Promise<void>): Promise<void> {
  if (pressed?.what !== what) pressed = { what, key: newKey() };
  else if (pressed.busy) return;
  const mine = pressed;
  mine.busy = true;
  try {
    await work(mine.key);
    forgetPressed();
  } catch (error) {
    mine.busy = false;
    // Whether it was done is not known: pressing again asks the same thing.
    if (error instanceof ConnectionError) return say("No connection. Try again: nothing is done twice.");
    forgetPressed();
    say(wordsOf(error));
  }
}

function forgetPressed(): void {
  pressed = undefined;
  sessionStorage.removeItem("asked");
}

function wordsOf(error: unknown): string {
  if (isProblem(error, "insufficient_stock"))
    return `There is not enough: ${error.problem.shortages[0]?.available ?? 0} left. Nothing was charged.`;
  if (isProblem(error, "reservation_expired")) return "Your time is over. Put it in the cart again.";
  if (isProblem(error, "extension_limit_reached")) return "It cannot be kept any longer.";
  if (isProblem(error)) return `${error.problem.title}.`;
  throw error;
}

function keep(next: Reservation | undefined): void {
  hold = next?.state === "held" ? next : undefined;
  if (hold) sessionStorage.setItem("hold", hold.reservationId);
  else sessionStorage.removeItem("hold");
  if (next && next.version > 0) aheadMs = Math.max(aheadMs, Date.parse(next.createdAt) - Date.now());
  element("cart").hidden = !hold;
  show("held", hold?.held ?? "");
  tick();
}

function leftMs({ expiresAt }: Reservation): number {
  return expiresAt === null ? Infinity : Date.parse(expiresAt) - Date.now() - aheadMs;
}

function tick(): void {
  if (!hold) return;
  const seconds = Math.max(0, Math.ceil(leftMs(hold) / 1000));
  const clock = `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, "0")}`;
  if (seconds === 0 && element("left", HTMLOutputElement).value !== "0:00")
    say("Your time is over. If you pay now, you get it if it is still there.");
  show("left", clock);
}

async function watch(): Promise<void> {
  for await (const level of holdfast.watch([product])) {
    show("available", level.available);
    element("add", HTMLButtonElement).disabled = level.available <= 0;
  }
}

async function resume(): Promise<void> {
  const asked = new URLSearchParams(sessionStorage.getItem("asked") ?? "");
  const quantity = Number(asked.get("quantity"));
  if (quantity > 0) {
    pressed = { what: `hold ${quantity}`, key: asked.get("idempotencyKey") ?? newKey() };
    await putInCart(quantity, asked.get("supersedes") ?? undefined);
    if (hold) return;
  }
  const id = sessionStorage.getItem("hold");
  if (id !== null) keep(await holdfast.reservations.get(id));
}

function newKey(): string {
  return Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16)).join("");
}

function element<E extends HTMLElement>(id: string, type: new () => E): E;
function element(id: string): HTMLElement;
function element(id: string, type: new () => HTMLElement = HTMLElement): HTMLElement {
  const found = document.getElementById(id);
  if (!(found instanceof type)) throw new Error(`the page has no ${id}`);
  return found;
}

function show(id: string, text: string | number): void {
  element(id).textContent = String(text);
}

function say(text: string): void {
  show("message", text);
}

setInterval(tick, 250);
show("name", (await holdfast.products.get(product)).name);
void resume().catch((error: unknown) => say(wordsOf(error)));
await watch();

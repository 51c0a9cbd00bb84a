/**
 * A shop's page: stock as it changes, a hold while the shopper makes up their mind, and the hold handed over to an order. What
 * a page says of payment is worth nothing: in a real shop your server confirms, with a key of its own, when the provider says
 * that it was paid.
 */
import { ConnectionError, createHoldfast, isProblem } from "holdfast/client";

const { service = "", key = "", product = "", ttlSeconds = "600" } = document.body.dataset;
const ttl = Number(ttlSeconds);
const holdfast = createHoldfast({
  baseUrl: service,
  key,
  onState: (state) => show("live", state === "live" ? "" : "(may be old)"),
});

/** The hold in the cart. A reload finds it again. */
let hold = undefined;
/** How far the service's clock is ahead of this one. */
let aheadMs = 0;
/** The same press of a button is the same request until it is answered, however often it is pressed. */
let pressed = undefined;

element("hold").addEventListener("submit", (event) => {
  event.preventDefault();
  const quantity = Number(new FormData(event.target).get("quantity"));
  void act(`hold ${quantity}`, async (idempotencyKey) => {
    const given = hold?.state === "held" ? { supersedes: hold.reservationId } : {};
    keep(await holdfast.reserve(product, { quantity, ttlSeconds: ttl, ...given }, { idempotencyKey }));
    say(`${quantity} are yours for now.`);
  });
});

onClick("longer", "extend", async (idempotencyKey) => {
  keep(await holdfast.reservations.extend(hold.reservationId, ttl, { idempotencyKey }));
  say("You have more time.");
});

onClick("release", "release", async (idempotencyKey) => {
  keep(await holdfast.reservations.cancel(hold.reservationId, { idempotencyKey }));
  say("It is back on the shelf.");
});

onClick("pay", "pay", async (idempotencyKey) => {
  const isLate = leftMs() <= 0;
  // Nobody can guess the id of an order: who knows it could look at it.
  const orderId = `order-${idempotencyKey}`;
  // The order gets the units of the hold. Of one that has expired it gets what is still free.
  const { quantity, reservationId: supersedes } = hold;
  const body = { quantity, orderId, ttlSeconds: ttl, supersedes };
  const ordered = await holdfast.reserve(product, body, { idempotencyKey });
  await holdfast.orders.confirm(orderId, { idempotencyKey: `${idempotencyKey}/paid` }).catch((error) => {
    // Unless it is not known: then a second press has to ask for the very same.
    if (isProblem(error)) keep(ordered);
    throw error;
  });
  keep(undefined);
  document.body.dataset.order = orderId;
  say(isLate ? "That took long, but it was still there. It is yours." : "Thank you. It is yours.");
});

function onClick(id, what, work) {
  element(id).addEventListener("click", () => void act(what, work));
}

/** One thing at a time; what is refused is said in words. */
async function act(what, work) {
  if (pressed?.what !== what) pressed = { what, key: newKey() };
  else if (pressed.busy) return;
  const mine = pressed;
  mine.busy = true;
  try {
    await work(mine.key);
    pressed = undefined;
  } catch (error) {
    mine.busy = false;
    // Whether it was done is not known: pressing again asks the same thing.
    if (error instanceof ConnectionError) return say("No connection. Try again: nothing is done twice.");
    pressed = undefined;
    say(wordsOf(error));
  }
}

function wordsOf(error) {
  if (isProblem(error, "insufficient_stock"))
    return `There is not enough: ${error.problem.shortages[0]?.available ?? 0} left. Nothing was charged.`;
  if (isProblem(error, "reservation_expired")) return "Your time is over. Put it in the cart again.";
  if (isProblem(error, "extension_limit_reached")) return "It cannot be kept any longer.";
  if (isProblem(error)) return `${error.problem.title}.`;
  throw error;
}

function keep(next) {
  hold = next?.state === "held" ? next : undefined;
  if (hold) sessionStorage.setItem("hold", hold.reservationId);
  else sessionStorage.removeItem("hold");
  if (next && next.version > 0) aheadMs = Math.max(aheadMs, Date.parse(next.createdAt) - Date.now());
  element("cart").hidden = !hold;
  show("held", hold?.held ?? "");
  tick();
}

function leftMs() {
  return Date.parse(hold.expiresAt) - Date.now() - aheadMs;
}

function tick() {
  if (!hold) return;
  const seconds = Math.max(0, Math.ceil(leftMs() / 1000));
  const clock = `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, "0")}`;
  if (seconds === 0 && element("left").value !== "0:00")
    say("Your time is over. If you pay now, you get it if it is still there.");
  show("left", clock);
}

async function watch() {
  for await (const level of holdfast.watch([product])) {
    show("available", level.available);
    element("hold").querySelector("button").disabled = level.available <= 0;
  }
}

async function resume() {
  const id = sessionStorage.getItem("hold");
  if (id !== null) keep(await holdfast.reservations.get(id));
}

function newKey() {
  return Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16)).join("");
}

function element(id) {
  return document.getElementById(id);
}

function show(id, text) {
  element(id).textContent = String(text);
}

function say(text) {
  show("message", text);
}

setInterval(tick, 250);
show("name", (await holdfast.products.get(product)).name);
void resume().catch((error) => say(wordsOf(error)));
await watch();

/** Listeners that come back where they stood, and note whatever they should not have been told. */
import { setTimeout as sleep } from "node:timers/promises";
import { openSocket } from "./raw-socket.mjs";

/** One that was cut comes back after up to this long. */
const AWAY_MAX_MS = 1000;

/** One socket that comes back where it stood. */
class Listener {
  findings = [];
  messages = 0;
  #server;
  #socket;
  #generation = 0;

  constructor(server) {
    this.#server = server;
  }

  async open() {
    this.#generation += 1;
    const generation = this.#generation;
    this.#socket = await openSocket(this.#server.url + this.path, {
      headers: { "X-API-Key": this.#server.keys.admin },
      // What still arrives of a connection that was cut is not read.
      onText: (text) => generation === this.#generation && this.hear(JSON.parse(text)),
      onEnd: (why) => generation === this.#generation && this.findings.push(`${this.path}: ${why}`),
    });
  }

  async breakOff() {
    this.#generation += 1;
    this.#socket.cut();
    await sleep(Math.random() * AWAY_MAX_MS);
    await this.open();
  }

  end() {
    this.#generation += 1;
    this.#socket.close();
    this.#socket.cut();
  }
}

export class Watcher extends Listener {
  version = 0;
  last;

  constructor(server, productId) {
    super(server);
    this.productId = productId;
  }

  get path() {
    return `/v1/inventory/${this.productId}/live${this.version > 0 ? `?since=${this.version}` : ""}`;
  }

  hear(message) {
    if (message.type !== "level") return this.findings.push(`${this.path}: ${JSON.stringify(message)}`);
    if (message.version <= this.version)
      this.findings.push(`${this.productId}: ${message.version} after ${this.version}`);
    this.version = message.version;
    this.last = message;
    this.messages += 1;
  }

  compare(stock) {
    const { onHand, reserved, available, version } = this.last;
    const same =
      onHand === stock.onHand &&
      reserved === stock.reserved &&
      available === stock.available &&
      version === stock.version;
    return same
      ? []
      : [`${this.productId} ends on ${JSON.stringify(this.last)}, not ${JSON.stringify(stock)}`];
  }
}

export class Follower extends Listener {
  ids = [];

  constructor(server, start) {
    super(server);
    this.next = start;
  }

  get path() {
    return `/v1/inventory/events/live?offset=${this.next}`;
  }

  hear(message) {
    if (message.type !== "event") return this.findings.push(`${this.path}: ${JSON.stringify(message)}`);
    if (message.offset !== this.next)
      this.findings.push(`a follower got ${message.offset}, not ${this.next}`);
    this.next = message.offset + 1;
    this.ids.push(message.event.id);
    this.messages += 1;
  }

  compare(events) {
    const same = this.ids.length === events.length && this.ids.every((id, i) => id === events[i].id);
    return same ? [] : [`a follower has ${this.ids.length} events, the book ${events.length}, or others`];
  }
}

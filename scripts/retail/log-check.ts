/**
 * Replays the event log of a book, event by event, and says where it does not hold together: offsets and versions dense,
 * each movement taking up where the last one ended, nothing below zero. Pure: it knows only the events it is given.
 */

/**
 * @typedef {{ onHand: number, reserved: number, version: number }} Replayed what the events of a product add up to
 */
export class LogCheck {
  /** @type {string[]} */
  findings = [];
  /** @type {Map<string, Replayed>} */
  byId = new Map();
  /** @type {Map<string, number>} */
  countByType = new Map();
  #lastOffset;
  #wanted;

  /** @param {Set<string>} productIds whose movements are added up; of others only the versions are followed */
  constructor(productIds) {
    this.#wanted = productIds;
  }

  /** @param {any} event of the log, in its order */
  add(event) {
    const { offset, id, type, productId, version } = event;
    if (this.#lastOffset !== undefined && offset !== this.#lastOffset + 1)
      this.findings.push(`offset ${offset} follows ${this.#lastOffset}`);
    this.#lastOffset = offset;

    const product = this.byId.get(productId) ?? { onHand: 0, reserved: 0, version: 0 };
    this.byId.set(productId, product);
    if (version !== product.version + 1)
      this.findings.push(`offset ${offset}: ${productId} goes from version ${product.version} to ${version}`);
    if (id !== `${productId}:${version}`) this.findings.push(`offset ${offset} has the id ${id}`);
    product.version = version;
    if (!this.#wanted.has(productId)) return;

    this.countByType.set(type, (this.countByType.get(type) ?? 0) + 1);
    const movement = movementOf(event);
    if (
      movement &&
      (movement.before !== product.onHand || movement.after !== product.onHand + movement.delta)
    )
      this.findings.push(`offset ${offset}: ${JSON.stringify(movement)} where ${product.onHand} are on hand`);
    product.onHand += movement?.delta ?? 0;
    product.reserved += heldBy(event);
    const { level } = event;
    if (level && (level.onHand !== product.onHand || level.reserved !== product.reserved)) {
      const said = `onHand ${level.onHand}, reserved ${level.reserved}`;
      this.findings.push(
        `offset ${offset}: ${productId} says ${said}, its events ${JSON.stringify(product)}`,
      );
    }
    if (product.onHand < 0 || product.reserved < 0 || product.reserved > product.onHand)
      this.findings.push(`offset ${offset}: ${productId} comes to ${JSON.stringify(product)}`);
  }

  /** @param {Map<string, number>} versionById @returns {boolean} whether the log has come as far as these versions */
  reaches(versionById) {
    return versionById.entries().every(([id, version]) => (this.byId.get(id)?.version ?? 0) >= version);
  }
}

/** @returns {{ delta: number, before: number, after: number } | undefined} what the event does to what is on hand */
function movementOf({ type, data }) {
  if (type === "stock.adjusted" || type === "stock.counted") return data;
  return data.movement;
}

/** What the event does to what is held. A replay has no other events of reservations. */
function heldBy({ type, data }) {
  if (type === "reservation.held") return data.quantity;
  return type === "reservation.confirmed" ? -data.confirmedQuantity : 0;
}

/**
 * Replays the event log of a book, event by event, and says where it does not hold together: offsets and
 * versions dense, each movement taking up where the last one ended, nothing below zero. Pure: it knows only
 * the events it is given.
 */
import { z } from "zod";
import type { LogEvent } from "../answers.ts";

/** What the events of a product add up to. */
interface Replayed {
  onHand: number;
  reserved: number;
  version: number;
}

const movement = z.object({ delta: z.number(), before: z.number(), after: z.number() });
const held = z.object({ quantity: z.number() });
const confirmed = z.object({ confirmedQuantity: z.number(), releasedQuantity: z.number().optional() });
const released = z.object({ releasedQuantity: z.number() });
const expired = z.object({ expiredQuantity: z.number() });

export class LogCheck {
  readonly findings: string[] = [];
  readonly byId = new Map<string, Replayed>();
  readonly countByType = new Map<string, number>();
  #lastOffset: number | undefined;
  readonly #wanted: Set<string>;

  /** The movements of these products are added up; of others only the versions are followed. */
  constructor(productIds: Set<string>) {
    this.#wanted = productIds;
  }

  /** In the log's order. */
  add(event: LogEvent): void {
    const { offset, id, type, productId, version, level } = event;
    const find = (text: string) => this.findings.push(`offset ${offset}${text}`);
    if (this.#lastOffset !== undefined && offset !== this.#lastOffset + 1)
      find(` follows ${this.#lastOffset}`);
    this.#lastOffset = offset;

    const product = this.byId.get(productId) ?? { onHand: 0, reserved: 0, version: 0 };
    this.byId.set(productId, product);
    if (version !== product.version + 1)
      find(`: ${productId} goes from version ${product.version} to ${version}`);
    if (id !== `${productId}:${version}`) find(` has the id ${id}`);
    product.version = version;
    if (!this.#wanted.has(productId)) return;

    this.countByType.set(type, (this.countByType.get(type) ?? 0) + 1);
    const moved = movementOf(event);
    if (moved && (moved.before !== product.onHand || moved.after !== product.onHand + moved.delta))
      find(`: ${JSON.stringify(moved)} where ${product.onHand} are on hand`);
    product.onHand += moved?.delta ?? 0;
    product.reserved += heldBy(event);
    const sums = JSON.stringify(product);
    // Holds that expire together are all left out of the level of the first.
    const mayBeLower = type === "reservation.expired" && level && level.reserved < product.reserved;
    const isReserved = level?.reserved === product.reserved || mayBeLower;
    if (level && (level.onHand !== product.onHand || !isReserved))
      find(`: ${productId} says onHand ${level.onHand}, reserved ${level.reserved}, its events ${sums}`);
    if (product.onHand < 0 || product.reserved < 0 || product.reserved > product.onHand)
      find(`: ${productId} comes to ${sums}`);
  }

  /** Whether the log has come as far as these versions. */
  reaches(versionById: Map<string, number>): boolean {
    return versionById.entries().every(([id, version]) => (this.byId.get(id)?.version ?? 0) >= version);
  }
}

/** What the event does to what is on hand. */
function movementOf({ type, data }: LogEvent): z.infer<typeof movement> | undefined {
  if (type === "stock.adjusted" || type === "stock.counted") return movement.parse(data);
  return movement.optional().parse(data["movement"]);
}

/** What the event does to what is held. Those who are checked neither resize holds nor hand them over. */
function heldBy({ type, data }: LogEvent): number {
  switch (type) {
    case "reservation.held":
      return held.parse(data).quantity;
    case "reservation.confirmed": {
      const { confirmedQuantity, releasedQuantity = 0 } = confirmed.parse(data);
      return -confirmedQuantity - releasedQuantity;
    }
    case "reservation.released":
      return -released.parse(data).releasedQuantity;
    case "reservation.expired":
      return -expired.parse(data).expiredQuantity;
    default:
      return 0;
  }
}

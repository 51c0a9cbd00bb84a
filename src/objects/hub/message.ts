/** A message to listeners: written once, whatever the number that gets it and the way it takes. */
import { eventJson, type LogEvent } from "../../d1/event-tail";
import { levelView, type LevelUpdate } from "../../domain/level-update";
import { quoteMessage, type QuoteUpdate } from "../../domain/quote";

const encoder = new TextEncoder();

export class Message {
  #bytes: Uint8Array | undefined;

  /** `id` is where a stream of Server-Sent Events resumes after this message. */
  constructor(
    private readonly event: string,
    readonly json: string,
    private readonly id?: string,
  ) {}

  /** As a Server-Sent Event. JSON has no line breaks. */
  get bytes(): Uint8Array {
    const id = this.id === undefined ? "" : `id: ${this.id}\n`;
    return (this.#bytes ??= encoder.encode(`${id}event: ${this.event}\ndata: ${this.json}\n\n`));
  }
}

export function levelMessage(level: LevelUpdate, clamped: boolean): Message {
  const id = `${level.productId}:${level.version}`;
  return new Message("level", JSON.stringify(levelView(level, clamped)), id);
}

/** A stream does not resume at it: a price that was missed is with the product. */
export function priceMessage(update: QuoteUpdate): Message {
  return new Message("quote", JSON.stringify(quoteMessage(update)));
}

export function eventMessage(event: LogEvent): Message {
  const { offset } = event;
  const json = `{"type":"event","offset":${offset},"event":${eventJson(event)}}`;
  return new Message("event", json, String(offset));
}

export function errorMessage(code: string, detail: string, facts: Record<string, unknown> = {}): Message {
  return new Message("error", JSON.stringify({ type: "error", code, detail, ...facts }));
}

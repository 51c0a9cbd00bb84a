/**
 * Endpoints of the outside world, as the Worker's own `fetch` meets them: what was sent is kept, and each answers as its test
 * says. Anything else that is fetched fails.
 */
import { Webhook } from "standardwebhooks";
import { vi } from "vitest";

export interface Received {
  id: string;
  headers: Record<string, string>;
  text: string;
  message: { type: string; timestamp: string; data: Sent };
  method: string;
  redirect: string | undefined;
}

/** An event, or the data of a test. */
export interface Sent {
  offset: number;
  id: string;
  type: string;
  productId: string;
  version: number;
  webhookId: string;
}

type Answering = (received: Received, nth: number) => Response | Promise<Response>;

export interface Receiver {
  url: string;
  received: Received[];
  /** 204 to everything until a test says otherwise. */
  answer: Answering;
}

const receiverByUrl = new Map<string, Receiver>();
let made = 0;

/** Call it once before each test. */
export function openTheWorld(): void {
  receiverByUrl.clear();
  vi.spyOn(globalThis, "fetch").mockImplementation(async (input, init) => {
    const receiver = receiverByUrl.get(String(input));
    if (!receiver) throw new Error(`nobody is at ${String(input)}`);
    const headers = Object.fromEntries(new Headers(init?.headers));
    const text = String(init?.body);
    const id = headers["webhook-id"] ?? "";
    const message = JSON.parse(text) as Received["message"];
    const received = { id, headers, text, message, method: init?.method ?? "", redirect: init?.redirect };
    receiver.received.push(received);
    return receiver.answer(received, receiver.received.length);
  });
}

export function newReceiver(answer: Answering = () => new Response(null, { status: 204 })): Receiver {
  made += 1;
  const receiver = { url: `https://hooks-${made}.example.com/in`, received: [], answer };
  receiverByUrl.set(receiver.url, receiver);
  return receiver;
}

/** Offsets in the order of their first arrival. */
export function offsetsOf({ received }: Receiver): number[] {
  return [...new Set(received.map(({ message }) => message.data.offset))];
}

/** Throws when a signature is missing or wrong, or the message is too old. */
export function verify(secret: string, { text, headers }: Received): void {
  new Webhook(secret).verify(text, headers);
}

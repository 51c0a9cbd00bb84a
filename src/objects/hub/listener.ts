/**
 * One who listens: a socket that may sleep with the object, or a stream of Server-Sent Events that lives as long as it.
 * Sending never throws: who has gone is found out by the platform's close, or by the heartbeat.
 */
import { HUB_CUT_PATIENCE_MS, HUB_MAX_BUFFERED_BYTES, HUB_MAX_UNHEARD_BYTES } from "../../limits";
import { Pump } from "../flow/pump";
import { errorMessage, type Message } from "./message";
import { RateLimiter } from "./rate-limiter";

/** Close codes of our own: the HTTP status that says the same, plus 4000. */
export const CLOSE_TOO_SLOW = 4408;
export const CLOSE_OFFSET_EXPIRED = 4410;
export const CLOSE_FLOOD = 4429;

/** What a socket keeps over the object's sleep. */
export type Attachment =
  /** `sent`: `product:version,…`, what it is subscribed to and the last version it has. */
  { to: "levels"; clamped: boolean; sent: string } | { to: "events"; next: number | null };

export interface Listener {
  readonly open: boolean;
  /** It has read enough of what it was sent to get more of what can wait. */
  readonly ready: boolean;
  send(message: Message): void;
  /** Where one resumes that breaks off before it has had a message. */
  mark(id: string): void;
  /** Lets the platform keep it, where the listener can outlive the object. */
  remember(attachment: Attachment): void;
  close(code: number, reason: string): void;
}

/**
 * The runtime does not tell how much of what a socket was sent has been read. So whoever is sent much has to say now and
 * then that it is there: a ping will do. One that is silent for long is sent no more of what can wait, and then cut off.
 */
export class SocketListener implements Listener {
  readonly limiter = new RateLimiter();
  #unheardBytes = 0;
  #heardAt = 0;

  /**
   * `lastPingAt`: when the runtime last answered a ping by itself, in milliseconds; 0: never. `onCut`: it was cut off, and
   * its close may never be answered.
   */
  constructor(
    private readonly socket: WebSocket,
    private readonly lastPingAt: () => number,
    private readonly onCut: () => void,
  ) {}

  get ready(): boolean {
    if (this.#unheardBytes < HUB_MAX_UNHEARD_BYTES) return true;
    if (this.lastPingAt() > this.#heardAt) this.heard();
    return this.#unheardBytes < HUB_MAX_UNHEARD_BYTES;
  }

  /** It has said something. */
  heard(): void {
    this.#unheardBytes = 0;
    this.#heardAt = Date.now();
  }

  get open(): boolean {
    return this.socket.readyState === WebSocket.OPEN;
  }

  send(message: Message): void {
    // What can wait has long been held back by then.
    if (!this.ready && this.#unheardBytes > HUB_MAX_UNHEARD_BYTES + HUB_MAX_BUFFERED_BYTES) {
      return this.close(CLOSE_TOO_SLOW, "too slow");
    }
    this.#unheardBytes += message.json.length;
    try {
      this.socket.send(message.json);
    } catch {
      // It has just closed; its close event is on the way.
    }
  }

  /** A socket knows only what it has been sent. */
  mark(): void {}

  remember(attachment: Attachment): void {
    try {
      this.socket.serializeAttachment(attachment);
    } catch {
      // As above.
    }
  }

  close(code: number, reason: string): void {
    if (code === CLOSE_TOO_SLOW && this.open) this.socket.send(tooSlow(reason).json);
    closeSocket(this.socket, code, reason);
    this.onCut();
  }
}

/** A code that only the platform may use is answered with the plain one: without an answer the client never closes. */
export function closeSocket(socket: WebSocket, code: number, reason: string): void {
  const sendable = code === 1000 || (code >= 3000 && code < 5000);
  try {
    socket.close(sendable ? code : 1000, reason);
  } catch {
    // Closed already.
  }
}

function tooSlow(reason: string): Message {
  return errorMessage("too_slow", `Cut off: ${reason}.`, { close: CLOSE_TOO_SLOW });
}

const encoder = new TextEncoder();
const OPENING = encoder.encode("retry: 1000\n\n");
const HEARTBEAT = encoder.encode(":\n\n");

export class StreamListener implements Listener {
  #controller: ReadableStreamDefaultController<Uint8Array> | undefined;
  readonly body = new ReadableStream<Uint8Array>(
    {
      start: (controller) => void (this.#controller = controller),
      cancel: () => this.#end(),
    },
    { highWaterMark: HUB_MAX_BUFFERED_BYTES, size: (chunk) => chunk.byteLength },
  );

  /** `onGone` is called once, when its reader has left or it was closed. */
  constructor(private readonly onGone: () => void) {
    this.#write(OPENING);
  }

  get open(): boolean {
    return this.#controller !== undefined;
  }

  get ready(): boolean {
    return (this.#controller?.desiredSize ?? 0) > HUB_MAX_BUFFERED_BYTES / 2;
  }

  send(message: Message): void {
    if ((this.#controller?.desiredSize ?? 1) <= 0) this.close(CLOSE_TOO_SLOW, "too slow");
    else this.#write(message.bytes);
  }

  mark(id: string): void {
    this.#write(encoder.encode(`id: ${id}\n\n`));
  }

  beat(): void {
    this.#write(HEARTBEAT);
  }

  /** It resumes where it stood: that is what Server-Sent Events are for. */
  remember(): void {}

  close(code: number, reason: string): void {
    const controller = this.#controller;
    if (!controller) return;
    if (code === CLOSE_TOO_SLOW) this.#write(tooSlow(reason).bytes);
    this.#end();
    if ((controller.desiredSize ?? 0) > 0) return controller.close();
    // It may read why; then what it has not read goes.
    const cut = () => {
      if ((controller.desiredSize ?? 0) > 0) controller.close();
      else controller.error(new Error(reason));
      return undefined;
    };
    new Pump({ pass: cut }).wake(HUB_CUT_PATIENCE_MS);
  }

  #write(chunk: Uint8Array): void {
    try {
      this.#controller?.enqueue(chunk);
    } catch {
      this.#end();
    }
  }

  #end(): void {
    if (!this.#controller) return;
    this.#controller = undefined;
    this.onGone();
  }
}

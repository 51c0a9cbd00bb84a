/** A listener that keeps what it is told. */
import type { Attachment, Listener } from "../../../src/objects/hub/listener";
import type { Message } from "../../../src/objects/hub/message";

export class Recorder implements Listener {
  open = true;
  ready = true;
  readonly messages: {
    type: string;
    version?: number;
    offset?: number;
    code?: string;
    productId?: string;
  }[] = [];
  readonly at: number[] = [];
  readonly marks: string[] = [];
  kept: Attachment | undefined;
  closed: { code: number; reason: string } | undefined;

  send(message: Message): void {
    this.messages.push(JSON.parse(message.json));
    this.at.push(Date.now());
  }

  mark(id: string): void {
    this.marks.push(id);
  }

  remember(attachment: Attachment): void {
    this.kept = attachment;
  }

  close(code: number, reason: string): void {
    this.closed = { code, reason };
    this.open = false;
  }

  get versions(): (number | undefined)[] {
    return this.messages.filter(({ type }) => type === "level").map(({ version }) => version);
  }

  get offsets(): (number | undefined)[] {
    return this.messages.filter(({ type }) => type === "event").map(({ offset }) => offset);
  }

  get codes(): (string | undefined)[] {
    return this.messages.filter(({ type }) => type === "error").map(({ code }) => code);
  }
}

export function until(check: () => void, timeoutMs = 5000): Promise<void> {
  const giveUpAt = performance.now() + timeoutMs;
  return new Promise((resolve, reject) => {
    const look = () => {
      try {
        check();
        resolve();
      } catch (error) {
        if (performance.now() > giveUpAt) reject(error as Error);
        else setTimeout(look, 5);
      }
    };
    look();
  });
}

export function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

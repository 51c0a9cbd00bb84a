/**
 * One keep-alive connection that asks, waits for the whole answer, and asks again. As lean as HTTP/1.1
 * allows.
 */
import { connect } from "node:net";

const BLANK_LINE = "\r\n\r\n";
const LAST_CHUNK = "0\r\n\r\n";

/** Undefined while the answer is not whole. */
function readAnswer(bytes: Buffer): { status: number; bodyAt: number } | undefined {
  const headEnd = bytes.indexOf(BLANK_LINE);
  if (headEnd < 0) return undefined;
  const head = bytes.toString("latin1", 0, headEnd);
  const status = Number(head.slice(9, 12));
  const bodyAt = headEnd + BLANK_LINE.length;
  const length = /\ncontent-length: (\d+)/i.exec(head);
  if (length) return bytes.length >= bodyAt + Number(length[1]) ? { status, bodyAt } : undefined;
  if (status === 204 || status === 304) return { status, bodyAt };
  const ended =
    bytes.length >= bodyAt + LAST_CHUNK.length &&
    bytes.toString("latin1", bytes.length - LAST_CHUNK.length) === LAST_CHUNK;
  return ended ? { status, bodyAt } : undefined;
}

/**
 * Resolves when `next` has no further request and the last answer is in; rejects when the connection breaks.
 */
export function keepAsking(
  address: { host: string; port: number },
  next: () => string | undefined,
  record: (status: number, latencyMs: number, body: () => string) => void,
): Promise<void> {
  return new Promise((resolve, reject) => {
    const socket = connect({ ...address, noDelay: true });
    let sentAt = 0;
    let partial: Buffer | undefined;
    const ask = () => {
      const request = next();
      if (request === undefined) {
        socket.destroy();
        resolve();
        return;
      }
      sentAt = performance.now();
      socket.write(request, "latin1");
    };
    socket.on("connect", ask);
    socket.on("error", reject);
    socket.on("end", () => reject(new Error("the server closed a connection that was to be kept")));
    socket.on("data", (chunk: Buffer) => {
      const bytes = partial === undefined ? chunk : Buffer.concat([partial, chunk]);
      const answer = readAnswer(bytes);
      if (answer === undefined) {
        partial = bytes;
        return;
      }
      partial = undefined;
      record(answer.status, performance.now() - sentAt, () => bytes.toString("utf8", answer.bodyAt));
      ask();
    });
  });
}

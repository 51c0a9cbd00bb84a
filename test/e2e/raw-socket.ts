/**
 * The least that is a WebSocket client: text frames and pings. Node's own cannot be cut off without a close, which is
 * what happens to a phone in a tunnel.
 */
import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { connect } from "node:net";

const TEXT = 0x1;
const CLOSE = 0x8;
const PING = 0x9;
const PONG = 0xa;

/**
 * @param {string} url http://host:port/path
 * @param {{ headers?: Record<string, string>, onText(text: string): void, onEnd?(why: string): void }} options
 * @returns {Promise<{ cut(): void, close(): void, say(text: string): void }>} rejects when there is no 101
 */
export async function openSocket(url, { headers = {}, onText, onEnd = () => {} }) {
  const { hostname, port, pathname, search } = new URL(url);
  const socket = connect({ host: hostname, port: Number(port), noDelay: true });
  let ended = false;
  const end = (why) => {
    if (ended) return;
    ended = true;
    socket.destroy();
    onEnd(why);
  };
  await once(socket, "connect");
  const lines = Object.entries({
    Host: `${hostname}:${port}`,
    Connection: "Upgrade",
    Upgrade: "websocket",
    "Sec-WebSocket-Version": "13",
    "Sec-WebSocket-Key": randomBytes(16).toString("base64"),
    ...headers,
  }).map(([name, value]) => `${name}: ${value}\r\n`);
  socket.write(`GET ${pathname}${search} HTTP/1.1\r\n${lines.join("")}\r\n`);

  const opened = Promise.withResolvers();
  const feed = framesTo((opcode, payload) => {
    if (opcode === TEXT) onText(payload.toString());
    else if (opcode === PING) socket.write(frame(PONG, payload));
    else if (opcode === CLOSE) end(`closed with ${payload.length > 1 ? payload.readUInt16BE(0) : "no code"}`);
  });
  let head = Buffer.alloc(0);
  socket.on("data", (chunk) => {
    if (head === undefined) return feed(chunk);
    head = Buffer.concat([head, chunk]);
    const at = head.indexOf("\r\n\r\n");
    if (at < 0) return;
    const [status] = head.toString("latin1").split("\r\n", 1);
    const rest = head.subarray(at + 4);
    head = undefined;
    if (!status.includes(" 101 ")) {
      opened.reject(new Error(`${pathname}${search}: ${status}`));
      return end(status);
    }
    opened.resolve(undefined);
    feed(rest);
  });
  socket.on("error", (error) => (opened.reject(error), end(error.message)));
  socket.on("close", () => (opened.reject(new Error("closed before the upgrade")), end("connection lost")));
  await opened.promise;
  return {
    cut: () => {
      ended = true;
      socket.resetAndDestroy();
    },
    close: () => void socket.write(frame(CLOSE, Buffer.from([0x03, 0xe8]))),
    say: (text) => void socket.write(frame(TEXT, Buffer.from(text))),
  };
}

/** Takes chunks, gives whole frames. A server's frames are not masked. */
function framesTo(onFrame) {
  let buffer = Buffer.alloc(0);
  return (chunk) => {
    buffer = buffer.length === 0 ? chunk : Buffer.concat([buffer, chunk]);
    for (;;) {
      if (buffer.length < 2) return;
      const short = buffer[1] & 0x7f;
      const start = short === 127 ? 10 : short === 126 ? 4 : 2;
      if (buffer.length < start) return;
      const size =
        short === 127 ? Number(buffer.readBigUInt64BE(2)) : short === 126 ? buffer.readUInt16BE(2) : short;
      if (buffer.length < start + size) return;
      onFrame(buffer[0] & 0x0f, buffer.subarray(start, start + size));
      buffer = buffer.subarray(start + size);
    }
  };
}

/** A client's frame, masked as it must be; short ones only, which is all that a drill says. */
function frame(opcode, payload) {
  if (payload.length > 125) throw new Error("a drill says short things");
  const mask = randomBytes(4);
  const masked = Buffer.from(payload.map((byte, i) => byte ^ mask[i % 4]));
  return Buffer.concat([Buffer.from([0x80 | opcode, 0x80 | payload.length]), mask, masked]);
}

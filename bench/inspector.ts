/** A few words with workerd's inspector: commands out, answers in. */
import { once } from "node:events";
import { z } from "zod";

const message = z.object({
  id: z.number().optional(),
  result: z.unknown().optional(),
  error: z.object({ message: z.string() }).optional(),
});
const targets = z.array(z.object({ id: z.string() }));

export class Inspector implements Disposable {
  readonly #socket: WebSocket;
  readonly #waiting = new Map<number, PromiseWithResolvers<unknown>>();
  #nextId = 1;

  /** `worker`: its name. */
  static async attach(address: URL, worker: string): Promise<Inspector> {
    const listed = await fetch(new URL("/json", `http://${address.host}`));
    const ids = targets.parse(await listed.json()).map(({ id }) => id);
    const id = `core:user:${worker}`;
    if (!ids.includes(id)) throw new Error(`no ${worker} among ${ids.join(", ")}`);
    const socket = new WebSocket(new URL(`/${id}`, address).href);
    await once(socket, "open");
    return new Inspector(socket);
  }

  constructor(open: WebSocket) {
    this.#socket = open;
    open.addEventListener("message", ({ data }) => {
      const { id = 0, result, error } = message.parse(JSON.parse(String(data)));
      const waiter = this.#waiting.get(id);
      this.#waiting.delete(id);
      if (error) waiter?.reject(new Error(error.message));
      else waiter?.resolve(result);
    });
  }

  ask(method: string, params: object = {}): Promise<unknown> {
    const id = this.#nextId++;
    const waiter = Promise.withResolvers<unknown>();
    this.#waiting.set(id, waiter);
    this.#socket.send(JSON.stringify({ id, method, params }));
    return waiter.promise;
  }

  [Symbol.dispose](): void {
    this.#socket.close();
  }
}

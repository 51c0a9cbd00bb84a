/** A few words with workerd's inspector: commands out, answers in. */

export class Inspector {
  #socket;
  #nextId = 1;
  /** @type {Map<number, { resolve: (result: any) => void, reject: (error: Error) => void }>} */
  #waiting = new Map();

  /** @param {WebSocket} socket open */
  constructor(socket) {
    this.#socket = socket;
    socket.addEventListener("message", ({ data }) => {
      const { id, result, error } = JSON.parse(String(data));
      const waiter = this.#waiting.get(id);
      this.#waiting.delete(id);
      if (error) waiter?.reject(new Error(error.message));
      else waiter?.resolve(result);
    });
  }

  /**
   * @param {URL} address of workerd's inspector @param {string} worker its name @returns {Promise<Inspector>}
   */
  static async attach(address, worker) {
    const targets = await (await fetch(new URL("/json", `http://${address.host}`))).json();
    const target = targets.find(({ id }) => id === `core:user:${worker}`);
    if (!target) throw new Error(`no ${worker} among ${targets.map(({ id }) => id).join(", ")}`);
    const socket = new WebSocket(new URL(`/${target.id}`, address).href);
    await new Promise((resolve, reject) => {
      socket.addEventListener("open", resolve, { once: true });
      socket.addEventListener("error", () => reject(new Error("the inspector did not answer")), {
        once: true,
      });
    });
    return new Inspector(socket);
  }

  /** @param {string} method @param {object} [params] @returns {Promise<any>} */
  ask(method, params = {}) {
    const id = this.#nextId++;
    this.#socket.send(JSON.stringify({ id, method, params }));
    return new Promise((resolve, reject) => this.#waiting.set(id, { resolve, reject }));
  }

  close() {
    this.#socket.close();
  }
}

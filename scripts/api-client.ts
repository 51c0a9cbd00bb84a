/** A plain client that hides nothing: every answer comes back with its status, no answer is an exception. */

const REQUEST_TIMEOUT_MS = 20_000;

/**
 * @typedef {{ status: number, body: any, replayed: boolean }} Answer
 * @typedef {{
 *   get(path: string): Promise<Answer>,
 *   post(path: string, body: object, idempotencyKey?: string): Promise<Answer>,
 *   create(productId: string, quantity: number): Promise<void>,
 *   pages(path: string): AsyncGenerator<any>,
 * }} Api
 * `create` makes a product with its first stock; `pages` goes through all items of a list.
 */

/** @param {string} url @param {{ admin: string }} keys @returns {Api} */
export function createApi(url, { admin }) {
  const call = async (path, init) => {
    const response = await fetch(url + path, {
      ...init,
      headers: { "X-API-Key": admin, ...init.headers },
      signal: AbortSignal.timeout(REQUEST_TIMEOUT_MS),
    });
    const text = await response.text();
    const replayed = response.headers.get("Idempotency-Replayed") === "true";
    return { status: response.status, body: parse(text), replayed };
  };
  const get = (path) => call(path, {});
  const post = (path, body, idempotencyKey) => {
    const headers = { "Content-Type": "application/json" };
    if (idempotencyKey !== undefined) headers["Idempotency-Key"] = idempotencyKey;
    return call(path, { method: "POST", headers, body: JSON.stringify(body) });
  };
  return {
    get,
    post,
    async create(productId, quantity) {
      const { status, body } = await post("/v1/inventory", { productId, initialQuantity: quantity });
      if (status !== 201)
        throw new Error(`creating ${productId} answered ${status}: ${JSON.stringify(body)}`);
    },
    async *pages(path) {
      let cursor = null;
      do {
        const at = new URL(path, url);
        at.searchParams.set("limit", "100");
        if (cursor !== null) at.searchParams.set("cursor", cursor);
        const { status, body } = await get(at.pathname + at.search);
        if (status !== 200) throw new Error(`GET ${at.pathname} answered ${status}: ${JSON.stringify(body)}`);
        yield* body.items;
        cursor = body.nextCursor;
      } while (cursor !== null);
    },
  };
}

function parse(text) {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

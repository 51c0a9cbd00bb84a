/**
 * What the runtime costs before anyone thinks: one route per baseline, each the least that could be called
 * that thing. `/gathered` is the least honest reservation: its request is read, its answer is JSON and durable.
 * `/transaction` is a plain reservation service, which commits once per request.
 */
import { DurableObject } from "cloudflare:workers";
import { Hono } from "hono";
import pMap from "p-map";

interface BaselineEnv {
  EMPTY: DurableObjectNamespace<EmptyObject>;
  ROW: DurableObjectNamespace<RowObject>;
  GATHER: DurableObjectNamespace<GatherObject>;
  TRANSACTION: DurableObjectNamespace<TransactionObject>;
  CATALOG: KVNamespace;
  BOOK: D1Database;
}

/** Holds nothing, does nothing: the price of asking an object at all. */
export class EmptyObject extends DurableObject<BaselineEnv> {
  nothing(): string {
    return "ok";
  }
}

/** One table, one row per call: the price of a durable answer. */
export class RowObject extends DurableObject<BaselineEnv> {
  constructor(ctx: DurableObjectState, env: BaselineEnv) {
    super(ctx, env);
    ctx.storage.sql.exec(
      "CREATE TABLE IF NOT EXISTS holds (id INTEGER PRIMARY KEY, quantity INTEGER NOT NULL) STRICT",
    );
  }

  insert(): string {
    this.ctx.storage.sql.exec("INSERT INTO holds (quantity) VALUES (1)");
    return "ok";
  }
}

/** One row for all that arrived together, each a string: the least that a durable reservation can be. */
export class GatherObject extends DurableObject<BaselineEnv> {
  #waiting: { command: string; resolve: (version: number) => void }[] = [];
  #version = 0;

  constructor(ctx: DurableObjectState, env: BaselineEnv) {
    super(ctx, env);
    ctx.storage.sql.exec(
      "CREATE TABLE IF NOT EXISTS batches (id INTEGER PRIMARY KEY, commands TEXT NOT NULL) STRICT",
    );
  }

  /** Answers the number of its command, when that is written. */
  reserve(command: string): Promise<number> {
    return this.#gathered(command, (commands) => {
      this.ctx.storage.sql.exec("INSERT INTO batches (commands) VALUES (?)", commands.join("\n"));
    });
  }

  /** The same without the row. */
  refuse(command: string): Promise<number> {
    return this.#gathered(command, () => undefined);
  }

  #gathered(command: string, commit: (commands: string[]) => void): Promise<number> {
    return new Promise((resolve) => {
      this.#waiting.push({ command, resolve });
      if (this.#waiting.length > 1) return;
      setImmediate(() => {
        const batch = this.#waiting;
        this.#waiting = [];
        commit(batch.map((one) => one.command));
        for (const one of batch) one.resolve((this.#version += 1));
      });
    });
  }
}

const TRANSACTION_SCHEMA = `
  CREATE TABLE IF NOT EXISTS stock (id INTEGER PRIMARY KEY, on_hand INTEGER NOT NULL,
    reserved INTEGER NOT NULL, version INTEGER NOT NULL) STRICT;
  INSERT OR IGNORE INTO stock VALUES (1, 1000000000, 0, 0);
  CREATE TABLE IF NOT EXISTS holds (id TEXT PRIMARY KEY, order_id TEXT, quantity INTEGER NOT NULL,
    expires_at INTEGER NOT NULL) STRICT, WITHOUT ROWID;
  CREATE TABLE IF NOT EXISTS events (version INTEGER PRIMARY KEY, body TEXT NOT NULL) STRICT;
  CREATE TABLE IF NOT EXISTS keys (id TEXT PRIMARY KEY, body TEXT NOT NULL) STRICT, WITHOUT ROWID;
`;

/**
 * A reservation the obvious way: one transaction per request writes the hold, the event, the numbers and the
 * key.
 */
export class TransactionObject extends DurableObject<BaselineEnv> {
  constructor(ctx: DurableObjectState, env: BaselineEnv) {
    super(ctx, env);
    ctx.storage.sql.exec(TRANSACTION_SCHEMA);
  }

  reserve(key: string, orderId: string, quantity: number): string {
    const { sql } = this.ctx.storage;
    return this.ctx.storage.transactionSync(() => {
      const known = sql.exec<{ body: string }>("SELECT body FROM keys WHERE id = ?", key).toArray()[0];
      if (known) return known.body;
      const stock = sql
        .exec<{ on_hand: number; reserved: number; version: number }>("SELECT * FROM stock WHERE id = 1")
        .one();
      if (stock.on_hand - stock.reserved < quantity) return "sold out";
      const id = crypto.randomUUID();
      const body = JSON.stringify({ id, orderId, quantity, version: stock.version + 1 });
      sql.exec("INSERT INTO holds VALUES (?, ?, ?, ?)", id, orderId, quantity, Date.now() + 900_000);
      sql.exec("INSERT INTO events VALUES (?, ?)", stock.version + 1, body);
      sql.exec("UPDATE stock SET reserved = reserved + ?, version = version + 1 WHERE id = 1", quantity);
      sql.exec("INSERT INTO keys VALUES (?, ?)", key, body);
      return body;
    });
  }
}

const app = new Hono<{ Bindings: BaselineEnv }>();

app.get("/constant", (c) => c.text("ok"));

app.get("/empty/:id", async (c) => c.text(await c.env.EMPTY.getByName(c.req.param("id")).nothing()));

app.get("/row/:id", async (c) => c.text(await c.env.ROW.getByName(c.req.param("id")).insert()));

interface ReserveBody {
  quantity: number;
  orderId: string;
}

app.get("/kv/:id", async (c) => c.text((await c.env.CATALOG.get(c.req.param("id"))) ?? "missing"));

app.put("/kv/:id", async (c) => {
  await c.env.CATALOG.put(c.req.param("id"), await c.req.text());
  return c.text("ok");
});

app.post("/transaction/:id", async (c) => {
  const { quantity, orderId } = await c.req.json<ReserveBody>();
  const key = c.req.header("Idempotency-Key") ?? "";
  const body = await c.env.TRANSACTION.getByName(c.req.param("id")).reserve(key, orderId, quantity);
  return c.body(body, 201, { "Content-Type": "application/json" });
});

const MAKE_TABLE = "CREATE TABLE IF NOT EXISTS sets (product_id TEXT PRIMARY KEY, body TEXT NOT NULL) STRICT";
const PUT_ROWS = `INSERT OR REPLACE INTO sets (product_id, body)
  SELECT value ->> 'productId', value FROM json_each(?1)`;
/** A text may have two megabytes. */
const ROWS_PER_TEXT = 2000;

/** NDJSON, a line per product: all rows in one batch. */
app.post("/import", async (c) => {
  const lines = (await c.req.text()).split("\n").filter((line) => line !== "");
  const texts = Array.from({ length: Math.ceil(lines.length / ROWS_PER_TEXT) }, (_, n) => {
    return `[${lines.slice(n * ROWS_PER_TEXT, (n + 1) * ROWS_PER_TEXT).join(",")}]`;
  });
  const { BOOK } = c.env;
  await BOOK.batch([BOOK.prepare(MAKE_TABLE), ...texts.map((text) => BOOK.prepare(PUT_ROWS).bind(text))]);
  return c.text("ok");
});

app.get("/d1/:id", async (c) => {
  const row = c.env.BOOK.prepare("SELECT body FROM sets WHERE product_id = ?").bind(c.req.param("id"));
  return c.text((await row.first<string>("body")) ?? "missing");
});

const OBJECTS_AT_ONCE = 64;

/** An object per line, as many at a time as an import has under way. */
app.post("/each/:kind", async (c) => {
  const ids = (await c.req.text()).split("\n");
  const { EMPTY, ROW } = c.env;
  const ask =
    c.req.param("kind") === "empty"
      ? (id: string) => EMPTY.getByName(id).nothing()
      : (id: string) => ROW.getByName(id).insert();
  await pMap(ids, ask, { concurrency: OBJECTS_AT_ONCE });
  return c.text("ok");
});

/** `/gathered` and `/refused` past the router: nothing less would be a reservation. */
export default {
  async fetch(request, env, ctx) {
    const [, kind, id = ""] = new URL(request.url).pathname.split("/");
    if (kind !== "gathered" && kind !== "refused") return app.fetch(request, env, ctx);
    const { quantity, orderId } = await request.json<ReserveBody>();
    const command = `${request.headers.get("Idempotency-Key")} ${orderId} ${quantity}`;
    const object = env.GATHER.getByName(id);
    const version = await (kind === "gathered" ? object.reserve(command) : object.refuse(command));
    return Response.json({ orderId, quantity, version }, { status: kind === "gathered" ? 201 : 409 });
  },
} satisfies ExportedHandler<BaselineEnv>;

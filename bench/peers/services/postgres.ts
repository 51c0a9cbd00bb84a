/**
 * node services/postgres.ts --mode transaction|function|batch --socket DIR: reservations in PostgreSQL, in a database of the mode's
 * name: in a transaction of six round trips, in one call of a stored function, or in one such call for all requests that came
 * while the last was out.
 */
import { parseArgs } from "node:util";
import pg from "pg";
import { SCHEMA, TOTALS } from "./postgres-schema.ts";
import { serve, type Outcome, type Reserve, type Store, type Totals } from "./service.ts";

const POOL = 20;

interface Row {
  outcome: "held" | "replayed" | "insufficient_stock";
  hold_id: string;
  hold_version: string;
  hold_expires: Date;
}

const MODES = { transaction: inTransaction, function: inFunction, batch: inBatches };

const { mode, socket } = parseArgs({
  options: { mode: { type: "string" }, socket: { type: "string" } },
}).values;
if (mode === undefined || !(mode === "transaction" || mode === "function" || mode === "batch"))
  throw new Error(`--mode is one of ${Object.keys(MODES).join(", ")}`);
if (socket === undefined) throw new Error("--socket is the folder of PostgreSQL's socket");
await serve(await openStore(mode, socket));

async function openStore(name: keyof typeof MODES, host: string): Promise<Store> {
  const server = new pg.Client({ host, user: "postgres", database: "postgres" });
  await server.connect();
  await server.query(`CREATE DATABASE "${name}"`);
  await server.end();
  const pool = new pg.Pool({ host, user: "postgres", database: name, max: POOL, idleTimeoutMillis: 0 });
  await pool.query(SCHEMA);
  return {
    stock: async (productIds, onHand) => {
      await pool.query("INSERT INTO products (id, on_hand) SELECT unnest($1::text[]), $2", [
        productIds,
        onHand,
      ]);
    },
    reserve: MODES[name](pool),
    totals: async () => {
      const { rows } = await pool.query<Totals>(TOTALS);
      if (!rows[0]) throw new Error("no totals");
      return rows[0];
    },
    close: () => pool.end(),
  };
}

/** As one would write it: a statement, an answer, the next. */
function inTransaction(pool: pg.Pool): Store["reserve"] {
  return async (command) => {
    const { key, productId, orderId, quantity, holdId, expiresAt } = command;
    const client = await pool.connect();
    try {
      await client.query("BEGIN");
      const remembered = await client.query({
        name: "key",
        text: "INSERT INTO keys (key, hold_id) VALUES ($1, $2) ON CONFLICT DO NOTHING",
        values: [key, holdId],
      });
      if (remembered.rowCount === 0) {
        const known = await client.query<Row>(
          `SELECT 'replayed' AS outcome, h.id AS hold_id, h.version AS hold_version, h.expires_at AS hold_expires
           FROM keys k JOIN holds h ON h.id = k.hold_id WHERE k.key = $1`,
          [key],
        );
        await client.query("ROLLBACK");
        return outcomeOf(command, known.rows[0]);
      }
      const sold = await client.query<{ version: string }>({
        name: "sell",
        text: `UPDATE products SET reserved = reserved + $2, version = version + 1
          WHERE id = $1 AND on_hand - reserved >= $2 RETURNING version`,
        values: [productId, quantity],
      });
      const version = sold.rows[0]?.version;
      if (version === undefined) {
        await client.query("ROLLBACK");
        return "insufficient_stock";
      }
      await client.query({
        name: "hold",
        text: "INSERT INTO holds VALUES ($1, $2, $3, $4, $5, $6)",
        values: [holdId, productId, orderId, quantity, version, expiresAt],
      });
      const body = { type: "reservation.held", reservationId: holdId, orderId, quantity };
      await client.query({
        name: "event",
        text: "INSERT INTO events (product_id, version, body) VALUES ($1, $2, $3)",
        values: [productId, version, body],
      });
      await client.query("COMMIT");
      const row: Row = { outcome: "held", hold_id: holdId, hold_version: version, hold_expires: expiresAt };
      return outcomeOf(command, row);
    } catch (error) {
      await client.query("ROLLBACK");
      throw error;
    } finally {
      client.release();
    }
  };
}

function inFunction(pool: pg.Pool): Store["reserve"] {
  return async (command) => {
    const { key, productId, orderId, quantity, holdId, expiresAt } = command;
    const { rows } = await pool.query<Row>({
      name: "reserve",
      text: "SELECT * FROM reserve($1, $2, $3, $4, $5, $6)",
      values: [key, productId, orderId, quantity, holdId, expiresAt],
    });
    return outcomeOf(command, rows[0]);
  };
}

/** One call at a time: what comes meanwhile shares the next. */
function inBatches(pool: pg.Pool): Store["reserve"] {
  let waiting: { command: Reserve; settle: PromiseWithResolvers<Outcome> }[] = [];
  let busy = false;
  const send = async () => {
    busy = true;
    while (waiting.length > 0) {
      const batch = waiting;
      waiting = [];
      try {
        const { rows } = await pool.query<Row>({
          name: "reserve_all",
          text: "SELECT * FROM reserve_all($1)",
          values: [JSON.stringify(batch.map(({ command }) => command))],
        });
        for (const [index, { command, settle }] of batch.entries())
          settle.resolve(outcomeOf(command, rows[index]));
      } catch (error) {
        for (const { settle } of batch) settle.reject(error);
      }
    }
    busy = false;
  };
  return (command) => {
    const settle = Promise.withResolvers<Outcome>();
    waiting.push({ command, settle });
    if (!busy) void send();
    return settle.promise;
  };
}

function outcomeOf({ orderId, quantity }: Reserve, row: Row | undefined): Outcome {
  if (!row) throw new Error("no outcome");
  if (row.outcome === "insufficient_stock") return row.outcome;
  const version = Number(row.hold_version);
  const expiresAt = row.hold_expires.toISOString();
  return {
    hold: { reservationId: row.hold_id, orderId, quantity, version, expiresAt },
    replayed: row.outcome === "replayed",
  };
}

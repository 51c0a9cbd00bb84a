/** Who is measured: other services, and Holdfast, each with stock, a load that it can be driven with, and its own account at the end. */
import { randomUUID } from "node:crypto";
import { join } from "node:path";
import { z } from "zod";
import { ApiClient } from "../../scripts/api-client.ts";
import { API_KEY } from "../keys.ts";
import type { LoadGenerator } from "../load.ts";
import type { Requests } from "../requests.ts";
import type { Contestant } from "../rounds.ts";
import { stockProducts, type Holdfast } from "../stage.ts";
import { HOT_PRODUCT, SPREAD_PRODUCTS } from "../workloads.ts";
import { Daemon } from "./daemon.ts";
import type { Server } from "./servers.ts";

export const SCARCE_PRODUCT = "SCARCE-1";
export const SCARCE_UNITS = 500;
const PLENTY = 1_000_000_000;

/** What is sold, by each count of it. */
export type Totals = z.infer<typeof totals>;
const totals = z.object({
  reserved: z.number(),
  holds: z.number(),
  events: z.number(),
  keys: z.number().optional(),
  oversold: z.number(),
});

export interface Peer {
  label: string;
  url: URL;
  hot: Contestant;
  spread: Contestant;
  /** Units that it has answered for to the load. */
  sold(): number;
  totals(): Promise<Totals>;
}

export interface Parts {
  label: string;
  /** `node` runs it: services/<file>. */
  service: string[];
  server: Server;
  load: LoadGenerator;
  stack: AsyncDisposableStack;
}

/** A service behind fastify, with what stands behind it. */
export async function startPeer({ label, service, server, load, stack }: Parts): Promise<Peer> {
  const [file = "", ...args] = service;
  const daemon = stack.use(
    await Daemon.start({
      command: process.execPath,
      args: [join(import.meta.dirname, "services", file), ...args, "--socket", server.socket],
      isReady: (output) => output.startsWith("http://"),
    }),
  );
  const url = new URL(daemon.output.trim());
  const api = new ApiClient({ url, apiKey: API_KEY });
  await api.call("POST /stock", { body: { productIds: [HOT_PRODUCT, ...SPREAD_PRODUCTS], onHand: PLENTY } });
  await api.call("POST /stock", { body: { productIds: [SCARCE_PRODUCT], onHand: SCARCE_UNITS } });
  // Others that share the server are idle meanwhile.
  const cpuTimeNs = () => daemon.cpuTimeNs() + server.daemon.cpuTimeNs();
  return {
    ...contestants({ label, url, load, server: { cpuTimeNs } }),
    totals: () => api.read(totals, "GET /totals"),
  };
}

export async function holdfastPeer(holdfast: Holdfast, load: LoadGenerator): Promise<Peer> {
  const { api, book, server } = holdfast;
  await stockProducts(holdfast, [HOT_PRODUCT, ...SPREAD_PRODUCTS], PLENTY);
  await stockProducts(holdfast, [SCARCE_PRODUCT], SCARCE_UNITS);
  const level = z.object({ onHand: z.number(), reserved: z.number() });
  const count = async (sql: string) => (await book.database.prepare(sql).first<number>("n")) ?? 0;
  return {
    ...contestants({ label: "Holdfast", url: server.url, load, server }, { book }),
    totals: async () => {
      await book.waitUntilQuiet(1000);
      const levels = await Promise.all(
        [HOT_PRODUCT, SCARCE_PRODUCT, ...SPREAD_PRODUCTS].map((id) =>
          api.read(level, `GET /v1/inventory/${id}`),
        ),
      );
      return {
        reserved: levels.reduce((sum, { reserved }) => sum + reserved, 0),
        holds: await count("SELECT sum(held) AS n FROM reservations"),
        events: await count("SELECT count(*) AS n FROM events WHERE type = 'reservation.held'"),
        oversold: levels.filter(({ onHand, reserved }) => reserved > onHand).length,
      };
    },
  };
}

interface Driven {
  label: string;
  url: URL;
  load: LoadGenerator;
  server: Contestant["server"];
}

function contestants({ label, url, load, server }: Driven, beside: Pick<Contestant, "book"> = {}) {
  let sold = 0;
  const over = (ids: string[]): Contestant => {
    const paths = ids.map((id) => `/v1/inventory/${id}/reserve`);
    const run = randomUUID().slice(0, 8);
    const requests: Requests = { maker: "reserve", paths, apiKey: API_KEY, run, expect: 201 };
    const drive: Contestant["drive"] = async (extent) => {
      const outcome = await load.drive({ url }, requests, extent);
      sold += outcome.answered;
      return outcome;
    };
    return { label, server, drive, ...beside };
  };
  return { label, url, hot: over([HOT_PRODUCT]), spread: over(SPREAD_PRODUCTS), sold: () => sold };
}

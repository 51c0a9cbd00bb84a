/**
 * The real service for a drill: `wrangler dev` on a free port of 127.0.0.1 with data of its own, which can be
 * killed and come back.
 */
import { cpSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { readDevKeys } from "../../scripts/dev-vars.mjs";
import { freePort, migrateBook, runWrangler, startDev } from "../../scripts/wrangler.mjs";

const IP = "127.0.0.1";

/**
 * @param {{ port?: number, persistTo?: string, from?: string, signal?: AbortSignal }} [options]
 *   without `persistTo` the data goes at `stop`; it begins as a copy of the directory `from`
 * @returns {Promise<DrillServer>}
 *
 * @typedef {{
 *   url: string,
 *   state: string,
 *   keys: { storefront: string, admin: string },
 *   kill9(): Promise<void>,
 *   restart(): Promise<void>,
 *   executeSql(sql: string): Promise<string>,
 *   output(): string,
 *   stop(): Promise<void>,
 * }} DrillServer
 * `restart` starts it again on the same data and port after `kill9`; `executeSql` works on the book from
 * another process.
 */
export async function startDrillServer({ port, persistTo, from, signal } = {}) {
  const keys = readDevKeys();
  const state = persistTo ?? mkdtempSync(join(tmpdir(), "holdfast-drill-"));
  if (from !== undefined) cpSync(from, state, { recursive: true });
  const placeArgs = ["--persist-to", state];
  const devArgs = [...placeArgs, "--var", "ENVIRONMENT:development", "--var", "WEBHOOK_ALLOW_LOCALHOST:true"];
  const removeState = () => {
    if (persistTo === undefined) rmSync(state, { recursive: true, force: true });
  };
  const start = async () => startDev({ ip: IP, port: port ?? (await freePort(IP)), args: devArgs, signal });

  let server;
  try {
    await migrateBook(placeArgs, { signal });
    server = await start();
  } catch (error) {
    removeState();
    throw error;
  }
  port ??= Number(new URL(server.url).port);
  return {
    url: server.url,
    state,
    keys,
    output: () => server.output(),
    kill9: () => server.kill9(),
    restart: async () => {
      server = await start();
    },
    executeSql: (sql) =>
      runWrangler(["d1", "execute", "BOOK", "--local", ...placeArgs, "--yes", "--command", sql], { signal }),
    stop: async () => {
      await server.stop();
      removeState();
    },
  };
}

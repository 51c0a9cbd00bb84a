/** A Holdfast of its own for one replay: `wrangler dev` on a free port, on a fresh place unless one is named. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { readDevKeys } from "../dev-vars.mjs";
import { freePort, migrateBook, startDev } from "../wrangler.mjs";

const IP = "127.0.0.1";

/**
 * @param {{ persistTo?: string | undefined, signal?: AbortSignal }} options a named place is kept
 * @returns {Promise<{ url: string, key: string, output(): string, stop(): Promise<void> }>} `key`: an admin's
 */
export async function startOwnServer({ persistTo, signal }) {
  const state =
    persistTo === undefined ? mkdtempSync(join(tmpdir(), "holdfast-replay-")) : resolve(persistTo);
  const removeState = () => {
    if (persistTo === undefined) rmSync(state, { recursive: true, force: true });
  };
  const placeArgs = ["--persist-to", state];
  try {
    const { admin } = readDevKeys();
    await migrateBook(placeArgs, { signal });
    const server = await startDev({ ip: IP, port: await freePort(IP), args: placeArgs, signal });
    return {
      url: server.url,
      key: admin,
      output: server.output,
      stop: async () => {
        await server.stop();
        removeState();
      },
    };
  } catch (error) {
    removeState();
    throw error;
  }
}

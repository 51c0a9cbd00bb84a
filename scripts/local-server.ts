/**
 * A Holdfast of its own: `wrangler dev` on 127.0.0.1, with data of its own, which can be killed and come
 * back. It ends with the scope that it is declared in (`await using`), and its data with it, unless they have
 * a place.
 */
import { cpSync, mkdtempDisposableSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { readDevKeys, type DevKeys } from "./dev-vars.ts";
import { DEVELOPMENT_VARS, freePort, migrateBook, startDev } from "./wrangler.ts";

const IP = "127.0.0.1";

interface ServerOptions {
  /** Any free one unless said. */
  port?: number | undefined;
  /** A place whose data are kept. */
  persistTo?: string | undefined;
  /** The data begin as a copy of this place's. */
  from?: string | undefined;
  /** The checkout whose code is run: this one unless said. */
  directory?: string | undefined;
  /** Variables, beside those of development: `NAME:value`. */
  vars?: readonly string[] | undefined;
  signal?: AbortSignal | undefined;
}

export interface LocalServer extends AsyncDisposable {
  readonly url: string;
  readonly state: string;
  readonly keys: DevKeys;
  kill9(): Promise<void>;
  /** On the same data and port, after `kill9`. */
  restart(): Promise<void>;
  output(): string;
}

export async function startLocalServer(options: ServerOptions = {}): Promise<LocalServer> {
  const { persistTo, from, directory, vars = [], signal } = options;
  const place = { directory, signal };
  const scratch =
    persistTo === undefined ? mkdtempDisposableSync(join(tmpdir(), "holdfast-server-")) : undefined;
  const state = scratch?.path ?? resolve(persistTo ?? "");
  const stateArgs = ["--persist-to", state];
  const args = [...stateArgs, ...DEVELOPMENT_VARS, ...vars.flatMap((one) => ["--var", one])];
  try {
    if (from !== undefined) cpSync(from, state, { recursive: true });
    const keys = readDevKeys(directory);
    await migrateBook(stateArgs, place);
    const port = options.port ?? (await freePort(IP));
    const start = () => startDev({ ip: IP, port, args, ...place });
    let server = await start();
    return {
      url: server.url,
      state,
      keys,
      output: () => server.output(),
      kill9: () => server.kill9(),
      restart: async () => {
        server = await start();
      },
      [Symbol.asyncDispose]: async () => {
        await server.stop();
        scratch?.remove();
      },
    };
  } catch (error) {
    scratch?.remove();
    throw error;
  }
}

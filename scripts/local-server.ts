/**
 * A Holdfast of its own: `wrangler dev` on 127.0.0.1, with data of its own, which can be killed and come
 * back. It ends with the scope that it is declared in (`await using`), and its data with it, unless they have
 * a place.
 */
import { cpSync, mkdtempDisposableSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { readDevKeys, type DevKeys } from "./dev-vars.ts";
import { DEVELOPMENT_VARS, freePort, migrateBook, startDev, varArgs } from "./wrangler.ts";

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
  /** Of workerd's inspector: a random one unless said. */
  inspectorPort?: number | undefined;
  /** Of the Worker. */
  vars?: Vars | undefined;
  /** What it begins with: today's code unless said. */
  worker?: LocalWorker | undefined;
  signal?: AbortSignal | undefined;
}

type Vars = Record<string, string>;

/** Arguments of wrangler. */
export interface LocalWorker {
  /** Which configuration, and with it which migrations. */
  config: string[];
  /** Which code. */
  code: string[];
}

export const TODAYS_WORKER: LocalWorker = { config: [], code: [] };

/** Names a place with an empty book, migrated: a server that begins with nothing copies it, and starts sooner. */
const EMPTY_BOOK = "HOLDFAST_EMPTY_BOOK";

/** For all servers that this process and its children start from now on; gone with the scope that it is declared in. */
export async function prepareEmptyBook(): Promise<Disposable> {
  const place = mkdtempDisposableSync(join(tmpdir(), "holdfast-empty-"));
  await migrateBook(["--persist-to", place.path]);
  process.env[EMPTY_BOOK] = place.path;
  return place;
}

export interface LocalServer extends AsyncDisposable {
  readonly url: string;
  readonly state: string;
  readonly keys: DevKeys;
  /** Of all its processes; another after `restart`. */
  readonly processGroup: number | undefined;
  kill9(): Promise<void>;
  /** On the same data and port, after `kill9`; with the code and the variables that it had, unless said. */
  restart(changes?: { vars?: Vars; worker?: LocalWorker }): Promise<void>;
  /** Applies today's migrations to the book, whatever runs on it. */
  migrate(): Promise<void>;
  output(): string;
}

export async function startLocalServer(options: ServerOptions = {}): Promise<LocalServer> {
  const { persistTo, from, directory, inspectorPort = 0, signal } = options;
  const place = { directory, signal };
  const scratch =
    persistTo === undefined ? mkdtempDisposableSync(join(tmpdir(), "holdfast-server-")) : undefined;
  const state = scratch?.path ?? resolve(persistTo ?? "");
  const stateArgs = ["--persist-to", state];
  let { vars = {}, worker = TODAYS_WORKER } = options;
  const beginsEmpty = scratch && from === undefined && directory === undefined && worker === TODAYS_WORKER;
  const empty = beginsEmpty ? process.env[EMPTY_BOOK] : undefined;
  const source = from ?? empty;
  try {
    if (source !== undefined) cpSync(source, state, { recursive: true });
    const keys = readDevKeys(directory);
    if (empty === undefined) await migrateBook([...stateArgs, ...worker.config], place);
    const port = options.port ?? (await freePort(IP));
    const start = () => {
      const args = [...worker.code, ...worker.config, ...stateArgs, ...DEVELOPMENT_VARS, ...varArgs(vars)];
      return startDev({ ip: IP, port, inspectorPort: `${inspectorPort}`, args, ...place });
    };
    let server = await start();
    return {
      url: server.url,
      state,
      keys,
      get processGroup() {
        return server.processGroup;
      },
      output: () => server.output(),
      kill9: () => server.kill9(),
      restart: async (changes = {}) => {
        ({ vars = vars, worker = worker } = changes);
        server = await start();
      },
      migrate: async () => void (await migrateBook(stateArgs, place)),
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

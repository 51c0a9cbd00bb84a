/** Cloudflare's API, as far as a deploy asks it by itself. The rest is wrangler's. */
import { z } from "zod";
import { runWrangler } from "../wrangler.ts";
import type { Store } from "./deployment.ts";
import { Trouble } from "./trouble.ts";

const TIMEOUT_MS = 60_000;
const PAGE = 100;
const NO_R2 =
  "Turn it on in the dashboard, which asks for a card; or do without the archive of old events: take [[r2_buckets]] out of wrangler.toml, and set EVENT_ARCHIVE to false.";
const NO_SUBDOMAIN = 10007;
const NO_SUCH_BUCKET = 10006;
const R2_IS_OFF = 10042;
/** There is no Worker of that name. */
const NO_SUCH_WORKER = new Set([10007, 10090]);

const envelope = z.object({
  success: z.boolean(),
  errors: z.array(z.object({ code: z.number(), message: z.string() })).default([]),
  result: z.unknown(),
});
const credentials = z.union([
  z.object({ type: z.enum(["api_token", "oauth"]), token: z.string() }),
  z.object({ type: z.literal("api_key"), key: z.string(), email: z.string() }),
]);
const accounts = z.array(z.object({ id: z.string(), name: z.string() }));
const databases = z.array(z.object({ uuid: z.string(), name: z.string() }));
const namespaces = z.array(z.object({ id: z.string(), title: z.string() }));
const settings = z.object({
  bindings: z.array(
    z.object({
      name: z.string(),
      type: z.string(),
      id: z.string().optional(),
      database_id: z.string().optional(),
      namespace_id: z.string().optional(),
    }),
  ),
});
const answers = z.array(z.object({ results: z.array(z.record(z.string(), z.unknown())) }));

export class PlatformError extends Error {
  readonly status: number;
  readonly codes: readonly number[];

  constructor(message: string, status: number, codes: readonly number[]) {
    super(message);
    this.status = status;
    this.codes = codes;
  }
}

/** What is known of a Worker that is deployed. */
export interface Deployed {
  idByBinding: Map<string, string>;
  secretNames: Set<string>;
  /** It has a book, or nothing yet but secrets. */
  isHoldfast: boolean;
}

export class Platform {
  readonly #base = process.env["CLOUDFLARE_API_BASE_URL"] ?? "https://api.cloudflare.com/client/v4";
  readonly #headers: Record<string, string>;
  readonly #signal: AbortSignal;

  private constructor(headers: Record<string, string>, signal: AbortSignal) {
    this.#headers = headers;
    this.#signal = signal;
  }

  /** With what wrangler logs in with. undefined: nobody is logged in. */
  static async logIn(signal: AbortSignal): Promise<Platform | undefined> {
    const token = process.env["CLOUDFLARE_API_TOKEN"];
    if (token) return new Platform({ Authorization: `Bearer ${token}` }, signal);
    const printed = await runWrangler(["auth", "token", "--json"], { signal }).catch(() => undefined);
    signal.throwIfAborted();
    if (printed === undefined) return undefined;
    const found = credentials.parse(JSON.parse(printed.slice(printed.indexOf("{"))));
    if (found.type === "api_key")
      return new Platform({ "X-Auth-Email": found.email, "X-Auth-Key": found.key }, signal);
    return new Platform({ Authorization: `Bearer ${found.token}` }, signal);
  }

  accounts() {
    return this.#ask(accounts, `GET /accounts?per_page=${PAGE}`);
  }

  /** A login that may not ask this gets no answer. */
  async lacksSubdomain(accountId: string): Promise<boolean> {
    try {
      await this.#ask(z.unknown(), `GET /accounts/${accountId}/workers/subdomain`);
      return false;
    } catch (error) {
      if (!(error instanceof PlatformError)) throw error;
      return error.codes.includes(NO_SUBDOMAIN);
    }
  }

  /** undefined: there is no such Worker yet. */
  async worker(accountId: string, name: string): Promise<Deployed | undefined> {
    try {
      const found = await this.#ask(settings, `GET /accounts/${accountId}/workers/scripts/${name}/settings`);
      const ids = found.bindings.flatMap(({ name: binding, id, database_id: database, namespace_id: kv }) => {
        const known = kv ?? database ?? id;
        return known === undefined ? [] : [[binding, known] as const];
      });
      const secrets = found.bindings.filter(({ type }) => type === "secret_text");
      const hasBook = found.bindings.some(({ name: binding, type }) => binding === "BOOK" && type === "d1");
      return {
        idByBinding: new Map(ids),
        secretNames: new Set(secrets.map((one) => one.name)),
        isHoldfast: hasBook || secrets.length === found.bindings.length,
      };
    } catch (error) {
      const isMissing =
        error instanceof PlatformError && error.codes.some((code) => NO_SUCH_WORKER.has(code));
      if (isMissing) return undefined;
      throw error;
    }
  }

  /** The id of a store of that name; undefined: there is none. */
  async find(accountId: string, { kind, name }: Store): Promise<string | undefined> {
    if (kind === "r2") return this.#bucket(`GET /accounts/${accountId}/r2/buckets/${name}`);
    if (kind === "d1") {
      const path = `/accounts/${accountId}/d1/database?per_page=${PAGE}&name=${encodeURIComponent(name)}`;
      // The filter also finds longer names.
      return (await this.#ask(databases, `GET ${path}`)).find((one) => one.name === name)?.uuid;
    }
    for (let page = 1; ; page += 1) {
      const path = `/accounts/${accountId}/storage/kv/namespaces?per_page=${PAGE}&page=${page}`;
      const found = await this.#ask(namespaces, `GET ${path}`);
      const one = found.find(({ title }) => title === name);
      if (one || found.length < PAGE) return one?.id;
    }
  }

  /** Answers its id. */
  async make(accountId: string, { kind, name }: Store): Promise<string> {
    if (kind === "d1") {
      const made = z.object({ uuid: z.string() });
      return (await this.#ask(made, `POST /accounts/${accountId}/d1/database`, { name })).uuid;
    }
    if (kind === "r2") {
      await this.#bucket(`POST /accounts/${accountId}/r2/buckets`, { name });
      return name;
    }
    const made = z.object({ id: z.string() });
    return (await this.#ask(made, `POST /accounts/${accountId}/storage/kv/namespaces`, { title: name })).id;
  }

  /** Its name; undefined: there is none of that name. */
  async #bucket(request: string, body?: object): Promise<string | undefined> {
    try {
      return (await this.#ask(z.object({ name: z.string() }), request, body)).name;
    } catch (error) {
      if (!(error instanceof PlatformError)) throw error;
      if (error.codes.includes(NO_SUCH_BUCKET)) return undefined;
      throw error.codes.includes(R2_IS_OFF) ? new Trouble("The account has no R2 yet.", NO_R2) : error;
    }
  }

  /** The rows of one statement. */
  async query(at: { accountId: string; databaseId: string }, sql: string, params: string[] = []) {
    const path = `/accounts/${at.accountId}/d1/database/${at.databaseId}/query`;
    const [answer] = await this.#ask(answers, `POST ${path}`, { sql, params });
    return answer?.results ?? [];
  }

  async #ask<T>(schema: z.ZodType<T>, request: string, body?: object): Promise<T> {
    const [method = "GET", path = ""] = request.split(" ");
    const response = await fetch(this.#base + path, {
      method,
      headers: { ...this.#headers, ...(body && { "Content-Type": "application/json" }) },
      body: body ? JSON.stringify(body) : null,
      signal: AbortSignal.any([this.#signal, AbortSignal.timeout(TIMEOUT_MS)]),
    });
    const { data } = envelope.safeParse(await response.json().catch(() => undefined));
    if (response.ok && data?.success) return schema.parse(data.result);
    const errors = data?.errors ?? [];
    const said = errors.map(({ code, message }) => `${message} (${code})`).join(", ");
    throw new PlatformError(
      `Cloudflare answered ${response.status} to ${request.split("?")[0]}: ${said || "nothing that can be read"}`,
      response.status,
      errors.map(({ code }) => code),
    );
  }
}

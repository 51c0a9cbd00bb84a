/**
 * Cloudflare's API on 127.0.0.1, as far as wrangler and the deploy script call it: an account with Workers, databases (real
 * SQLite) and KV namespaces. Every call is kept. What it is not told to know it refuses, and says so.
 */
import { once } from "node:events";
import { createServer, type IncomingMessage } from "node:http";
import { DatabaseSync } from "node:sqlite";
import { z } from "zod";
import { freePort } from "../../scripts/wrangler.ts";

const IP = "127.0.0.1";
export const ACCOUNT = "acc-1";
export const TOKEN = "the-token";

const metadata = z.object({
  bindings: z.array(z.looseObject({ name: z.string(), type: z.string(), text: z.string().optional() })),
  limits: z.unknown().optional(),
});
const named = z.object({ name: z.string() });
const titled = z.object({ title: z.string() });
const query = z.object({ sql: z.string(), params: z.array(z.string()).default([]) });

export interface StubWorker {
  bindings: z.output<typeof metadata>["bindings"];
  uploads: number;
}

interface Database {
  name: string;
  sqlite: DatabaseSync;
}

interface Answer {
  status?: number;
  result: unknown;
}

class Refusal extends Error {
  readonly status: number;
  readonly code: number;

  constructor(status: number, code: number, message: string) {
    super(message);
    this.status = status;
    this.code = code;
  }
}

const NO_WORKER = new Refusal(404, 10007, "This Worker does not exist on your account.");

export class PlatformStub {
  /** `GET /accounts/acc-1/d1/database`, without the query; of an upload or a statement with what it says. */
  readonly calls: string[] = [];
  readonly workers = new Map<string, StubWorker>();
  readonly databases = new Map<string, Database>();
  readonly namespaces = new Map<string, string>();
  readonly buckets = new Set<string>();
  hasSubdomain = true;
  hasFreePlan = false;
  /** The next call that fits is refused. */
  failNext: RegExp | undefined;
  /** What the Worker that is deployed answers at /health. */
  health: object = { status: "healthy" };
  #port = 0;
  #ids = 0;
  readonly #server = createServer((request, response) => {
    void this.#answer(request).then(({ status = 200, result, bare = false }) => {
      response.writeHead(status, { "Content-Type": "application/json" });
      response.end(
        JSON.stringify(bare ? result : { success: status < 400, errors: [], messages: [], ...result }),
      );
    });
  });

  static async start(): Promise<PlatformStub> {
    const stub = new PlatformStub();
    stub.#port = await freePort(IP);
    await once(stub.#server.listen(stub.#port, IP), "listening");
    return stub;
  }

  get url(): string {
    return `http://${IP}:${this.#port}`;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.closeAllConnections();
    this.#server.close();
    await once(this.#server, "close");
  }

  database(name: string): DatabaseSync | undefined {
    return [...this.databases.values()].find((one) => one.name === name)?.sqlite;
  }

  async #answer(request: IncomingMessage): Promise<{ status?: number; result: object; bare?: boolean }> {
    const { pathname, searchParams } = new URL(request.url ?? "/", this.url);
    if (pathname === "/health") return { result: this.health, bare: true };
    if (pathname === "/health/detailed") return { ...this.#detailed(request), bare: true };
    const path = pathname.replace("/client/v4", "");
    const call = `${request.method ?? "GET"} ${path}`;
    const body = Buffer.concat(await request.toArray());
    try {
      this.calls.push(call);
      if (request.headers.authorization !== `Bearer ${TOKEN}`)
        throw new Refusal(401, 10000, "Authentication error");
      if (this.failNext?.test(call) === true) {
        this.failNext = undefined;
        throw new Refusal(400, 7500, "told to fail");
      }
      const asked = { call, path, searchParams, body, type: request.headers["content-type"] ?? "" };
      const answer = await this.#account(asked);
      return { status: answer.status ?? 200, result: { result: answer.result } };
    } catch (error) {
      const { status, code, message } = error instanceof Refusal ? error : new Refusal(400, 1, String(error));
      return { status, result: { errors: [{ code, message }], result: null } };
    }
  }

  #detailed(request: IncomingMessage): { status: number; result: object } {
    const known = [...this.workers.values()].flatMap(({ bindings }) => bindings.map(({ text }) => text));
    const key = request.headers["x-api-key"];
    if (typeof key !== "string" || !known.includes(key)) return { status: 401, result: {} };
    const part = { status: "healthy" };
    const parts = { book: part, search: part, catalogCache: part, objects: part };
    return { status: 200, result: { status: "healthy", parts } };
  }

  async #account(asked: Asked): Promise<Answer> {
    const [, resource = "", ...rest] = asked.path.split(`/accounts/${ACCOUNT}/`)[1]?.split("/") ?? [];
    if (asked.path === "/accounts") return { result: [{ id: ACCOUNT, name: "Acme" }] };
    if (asked.path.includes("/d1/")) return this.#d1(asked, rest);
    if (asked.path.includes("/r2/")) return this.#r2(asked, rest);
    if (asked.path.includes("/storage/kv/")) return this.#kv(asked);
    if (resource === "subdomain") {
      if (!this.hasSubdomain) throw new Refusal(404, 10007, "no subdomain");
      return { result: { subdomain: "acme" } };
    }
    if (resource === "services") return this.#service(rest[0] ?? "");
    if (resource === "workers") return { result: { subdomain: { enabled: true, previews_enabled: false } } };
    if (resource === "scripts") return this.#script(asked, rest);
    throw new Refusal(404, 7003, `the stub does not know ${asked.call}`);
  }

  #d1({ call, searchParams, body }: Asked, [id = "", what]: string[]): Answer {
    if (what === "query") return { result: [this.#query(id, query.parse(JSON.parse(body.toString())))] };
    if (call.startsWith("POST")) {
      const { name } = named.parse(JSON.parse(body.toString()));
      const uuid = `00000000-0000-4000-8000-${String(++this.#ids).padStart(12, "0")}`;
      this.databases.set(uuid, { name, sqlite: new DatabaseSync(":memory:") });
      this.calls.push(`  made database ${name}`);
      return { result: { uuid, name } };
    }
    const wanted = searchParams.get("name") ?? "";
    const all = [...this.databases].map(([uuid, { name }]) => ({ uuid, name }));
    return { result: all.filter(({ name }) => name.includes(wanted)) };
  }

  #query(id: string, { sql, params }: z.output<typeof query>): object {
    const database = this.databases.get(id);
    if (!database) throw new Refusal(404, 7404, "no such database");
    this.calls.push(`  ${database.name}: ${sql.slice(0, 60).replaceAll(/\s+/g, " ")}`);
    try {
      if (params.length > 0 || sql.startsWith("SELECT"))
        return { results: database.sqlite.prepare(sql).all(...params), success: true, meta: {} };
      database.sqlite.exec(`BEGIN; ${sql}; COMMIT`);
      return { results: [], success: true, meta: {} };
    } catch (error) {
      if (database.sqlite.isTransaction) database.sqlite.exec("ROLLBACK");
      throw new Refusal(400, 7500, String(error));
    }
  }

  #r2({ call, body }: Asked, [asked = ""]: string[]): Answer {
    if (!call.startsWith("POST")) {
      if (!this.buckets.has(asked)) throw new Refusal(404, 10006, "The specified bucket does not exist.");
      return { result: { name: asked } };
    }
    const { name } = named.parse(JSON.parse(body.toString()));
    this.buckets.add(name);
    this.calls.push(`  made bucket ${name}`);
    return { result: { name } };
  }

  #kv({ call, body }: Asked): Answer {
    if (!call.startsWith("POST")) {
      return { result: [...this.namespaces].map(([id, title]) => ({ id, title })) };
    }
    const { title } = titled.parse(JSON.parse(body.toString()));
    const id = String(++this.#ids).padStart(32, "0");
    this.namespaces.set(id, title);
    this.calls.push(`  made namespace ${title}`);
    return { result: { id, title } };
  }

  #service(name: string): Answer {
    if (!this.workers.has(name)) throw new Refusal(404, 10090, "workers.api.error.service_not_found");
    const script = { last_deployed_from: "wrangler", etag: "e", handlers: ["fetch"] };
    return { result: { id: name, default_environment: { environment: "production", script } } };
  }

  async #script(asked: Asked, [name = "", what]: string[]): Promise<Answer> {
    const worker = this.workers.get(name);
    if (what === "assets-upload-session") return { result: { jwt: "jwt", buckets: [] } };
    if (what === undefined && asked.call.startsWith("PUT")) return this.#upload(name, asked);
    if (!worker) throw NO_WORKER;
    const ofType = (type: string) => worker.bindings.filter((one) => one.type === type);
    if (what === "secrets") return { result: ofType("secret_text").map(hidden) };
    if (what === "settings") return { result: { bindings: worker.bindings.map(hidden) } };
    if (what === "deployments") return { result: { deployments: [] } };
    if (what === "subdomain") return { result: { enabled: true, previews_enabled: false } };
    if (what === "schedules") return { result: { schedules: [] } };
    throw new Refusal(404, 7003, `the stub does not know ${asked.call}`);
  }

  async #upload(name: string, { body, type }: Asked): Promise<Answer> {
    const form = await new Response(new Uint8Array(body), { headers: { "Content-Type": type } }).formData();
    const { bindings, limits } = metadata.parse(JSON.parse(String(form.get("metadata"))));
    if (this.hasFreePlan && limits !== undefined)
      throw new Refusal(400, 100328, "CPU limits are not available on the free plan.");
    const before = this.workers.get(name);
    const own = bindings.filter((one) => one.type !== "inherit");
    const names = new Set(own.map((one) => one.name));
    const kept = before?.bindings.filter((one) => one.type === "secret_text" && !names.has(one.name)) ?? [];
    this.workers.set(name, { bindings: [...own, ...kept], uploads: (before?.uploads ?? 0) + 1 });
    this.calls.push(`  uploaded ${name}`);
    return {
      result: { id: name, etag: "e", deployment_id: "d", startup_time_ms: 9, entry_point: "worker.js" },
    };
  }
}

interface Asked {
  call: string;
  path: string;
  searchParams: URLSearchParams;
  body: Buffer;
  type: string;
}

/** A secret is never given back. */
function hidden({ text, ...binding }: StubWorker["bindings"][number]): object {
  return binding.type === "secret_text" ? binding : { ...binding, text };
}

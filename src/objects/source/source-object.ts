/**
 * One per source outside: it imports from it and refreshes what came from it, and knows when it may be asked again. No source
 * waits for another, and nothing of the stock for any of them.
 */
import { DurableObject } from "cloudflare:workers";
import { SOURCE_NAMES, type ImportAnswer, type SourceName, type SourceStatus } from "../../domain/source";
import { readConfig } from "../../env";
import { makeSource } from "../../sources/sources";
import { flushSoon } from "../../telemetry/meter-buffer";
import { Alarm } from "../flow/alarm";
import { SourceDriver, unconfigured } from "./driver";
import { sourcePorts } from "./ports";
import { SourceStore } from "./store";

export class SourceObject extends DurableObject<Env> {
  readonly #name: SourceName;
  readonly #store: SourceStore;
  /** undefined: it is not configured. */
  readonly #driver: SourceDriver | undefined;
  readonly #alarm: Alarm;

  constructor(ctx: DurableObjectState, env: Env) {
    super(ctx, env);
    const name = SOURCE_NAMES.find((known) => known === ctx.id.name);
    if (!name) throw new Error("there is no such source");
    this.#name = name;
    this.#store = new SourceStore(ctx.storage);
    const source = makeSource(name, readConfig(env).sources[name], (url, init) => fetch(url, init));
    this.#driver = source && new SourceDriver({ source, store: this.#store, ports: sourcePorts(env, name) });
    this.#alarm = new Alarm(ctx.storage, () => [this.#driver?.dueAtMs ?? null]);
    if (this.#store.isUsed) void ctx.blockConcurrencyWhile(() => this.#alarm.recover());
  }

  status(): SourceStatus {
    return this.#driver?.status ?? unconfigured(this.#name, this.#store);
  }

  /** A row per id. */
  async importIds(externalIds: string[]): Promise<ImportAnswer> {
    if (!this.#driver) return { ok: false, code: "not_configured" };
    const { idsPerImport: most } = this.#driver;
    if (externalIds.length > most) return { ok: false, code: "too_many", most };
    const rows = await this.#driver.import(externalIds);
    this.#alarm.arm();
    flushSoon(this.env);
    return { ok: true, rows };
  }

  /** null: it is not configured. */
  refresh(): SourceStatus | null {
    const status = this.#driver?.refresh() ?? null;
    this.#alarm.arm();
    return status;
  }

  async wake(): Promise<void> {
    await this.#driver?.wake();
    this.#alarm.arm();
  }

  override alarm(): Promise<void> {
    return this.#alarm.run(
      async () => {
        await this.#driver?.tick();
        flushSoon(this.env);
      },
      { source: this.#name },
    );
  }
}

/**
 * Brings the book behind the objects again, when it was lost or restored to an earlier time: finds the products, and has each
 * send what it has. How far that has come is kept here, so it goes on after any end; everything may be done twice. It writes no
 * product's rows itself: the object is right, and nothing older takes the place of what is newer.
 */
import { DurableObject } from "cloudflare:workers";
import { addUsedLocations } from "../../d1/locations";
import { readBookEnds } from "../../d1/event-tail";
import { inParallel } from "../../in-parallel";
import { REPROJECTION_WAIT_MS } from "../../limits";
import * as limits from "../../limits/recovery";
import { logError } from "../../telemetry/log";
import { withTimeout } from "../../timeout";
import { Alarm } from "../flow/alarm";
import { Pump, type More } from "../flow/pump";
import { logEnds, readList } from "./lists";
import { newRun, nextList, withList, type ListName, type Progress } from "./progress";
import { RecoveryStore, type Outcome } from "./store";

export interface RecoveryView extends Progress {
  /** Products that some list names; of these, what has become of them. */
  found: number;
  rebuilt: number;
  failed: number;
  failures: { productId: string; reason: string }[];
}

const AWAY = "the book could not be reached";
const UNKNOWN = "its object has no such product: it was never made, or the object is lost";

export class RecoveryObject extends DurableObject<Env> {
  readonly #store = new RecoveryStore(this.ctx.storage);
  readonly #pump = new Pump({ pass: () => this.#pass() });
  readonly #alarm = new Alarm(this.ctx.storage, () => [
    this.#store.running ? Date.now() + limits.RECOVERY_ALARM_MS : null,
  ]);

  constructor(ctx: DurableObjectState, env: Env) {
    super(ctx, env);
    if (this.#store.running) void ctx.blockConcurrencyWhile(() => this.#alarm.recover());
  }

  override async alarm(): Promise<void> {
    await this.#alarm.run(async () => this.#pump.wake(0), { object: "recovery" });
  }

  /**
   * Begins one, unless one is under way. Products that are given are added to the last one, which goes on with them; of those
   * that could not be rebuilt, they are tried again.
   */
  async begin(productIds: string[] = []): Promise<RecoveryView> {
    const { phase } = this.#store.progress;
    if (phase === "never" || (phase === "done" && productIds.length === 0)) await this.#beginNew();
    if (productIds.length > 0) {
      this.#store.add("given", productIds, { phase: "running", finishedAt: null });
    }
    this.#goOn();
    return this.progress();
  }

  progress(): RecoveryView {
    const store = this.#store;
    return { ...store.progress, ...store.counts(), failures: store.failures() };
  }

  /** The minute job asks: begins one by itself when the book has fallen back behind what was handed out of it. */
  async check(): Promise<void> {
    const { progress, running } = this.#store;
    const { newest, fellBackAt } = await this.#logEnd();
    const isNew = fellBackAt !== null && fellBackAt > (progress.fallAt ?? 0);
    const isExpected = running && progress.awaitsFall;
    const isBehind = async () => newest > ((await readBookEnds(this.env.BOOK)).newest ?? 0);
    if (!isExpected && (isNew || (!running && (await isBehind())))) {
      logError("book behind the objects", "it is being rebuilt", { newest });
      await this.#beginNew();
    }
    if (this.#store.running) this.#goOn();
  }

  async #beginNew(): Promise<void> {
    const { newest, fellBackAt } = await this.#logEnd();
    const ends = await readBookEnds(this.env.BOOK);
    const fall = { fallAt: fellBackAt, awaitsFall: newest > (ends.newest ?? 0) };
    this.#store.begin(newRun(this.#store.progress, fall));
  }

  async #logEnd() {
    const ends = await logEnds(this.env);
    const falls = ends.flatMap(({ fellBackAt }) => fellBackAt ?? []);
    return {
      newest: Math.max(0, ...ends.map(({ newest }) => newest)),
      fellBackAt: falls.length > 0 ? Math.max(...falls) : null,
    };
  }

  #goOn(): void {
    this.#alarm.arm();
    this.#pump.wake(0);
  }

  /** What is known is rebuilt before more is looked for. */
  async #pass(): Promise<More> {
    if (!this.#store.running) return undefined;
    const productIds = this.#store.open(limits.RECOVERY_STEP_PRODUCTS);
    const list = nextList(this.#store.progress);
    if (productIds.length > 0) await this.#rebuild(productIds);
    else if (list) await this.#readList(list);
    else this.#store.put({ ...this.#store.progress, phase: "done", finishedAt: new Date().toISOString() });
    this.#alarm.arm();
    return this.#store.running ? limits.RECOVERY_PAUSE_MS : undefined;
  }

  /** A list that fails again and again is left out, and says so: others may know its products. */
  async #readList(list: ListName): Promise<void> {
    const { run, cursor, listFailures } = this.#store.progress;
    try {
      const page = await withTimeout(
        readList(this.env, list, cursor),
        limits.RECOVERY_CALL_TIMEOUT_MS,
        `the list ${list}`,
      );
      if (this.#store.progress.run !== run) return;
      this.#store.add(list, page.productIds, { cursor: page.cursor ?? "", listFailures: 0 });
      if (page.cursor === undefined) this.#endList(list, page.skipped);
    } catch (error) {
      if (this.#store.progress.run !== run) return;
      if (list === "book" || listFailures + 1 < limits.RECOVERY_TRIES) {
        this.#store.put({ ...this.#store.progress, listFailures: listFailures + 1 });
        throw error;
      }
      logError("a list of products cannot be read", error, { list });
      this.#endList(list, error instanceof Error ? error.message : String(error));
    }
  }

  #endList(list: ListName, skipped: string | undefined): void {
    const ended =
      skipped === undefined ? { state: "read" as const } : { state: "skipped" as const, reason: skipped };
    this.#store.put({ ...withList(this.#store.progress, list, () => ended), cursor: "", listFailures: 0 });
  }

  async #rebuild(productIds: readonly string[]): Promise<void> {
    const { run } = this.#store.progress;
    const outcomes: Outcome[] = [];
    await inParallel(productIds, limits.RECOVERY_CONCURRENCY, async (productId) => {
      outcomes.push(await this.#rebuildProduct(productId));
    });
    // While the book is away nothing is given up.
    if (outcomes.every(({ reason }) => reason === AWAY)) throw new Error(AWAY);
    const done = outcomes.flatMap(({ productId, reason }) => (reason === undefined ? productId : []));
    if (this.#store.progress.awaitsFall) await this.#noteFall();
    const locations = await addUsedLocations(this.env.BOOK, done, Date.now());
    if (this.#store.progress.run === run) this.#store.close(outcomes, locations);
  }

  /** The first that was rebuilt has shown the ledgers that the book is behind: that is this fall, another will be a new one. */
  async #noteFall(): Promise<void> {
    const { fellBackAt } = await this.#logEnd();
    this.#store.put({ ...this.#store.progress, fallAt: fellBackAt, awaitsFall: false });
  }

  /** Never rejects. */
  async #rebuildProduct(productId: string): Promise<Outcome> {
    try {
      const work = this.env.PRODUCT.getByName(productId).reproject();
      const done = await withTimeout(work, REPROJECTION_WAIT_MS, "product");
      if (!done) return { productId, reason: AWAY, retry: true };
      return done.version > 0 ? { productId } : { productId, reason: UNKNOWN };
    } catch (error) {
      return { productId, reason: error instanceof Error ? error.message : String(error), retry: true };
    }
  }
}

/**
 * What a source's object does: imports, and runs over all its products, a step for each alarm. Between any two steps it may die;
 * the step that was under way is then done again. It never rejects but where an import or a refresh is asked for.
 */
import type { ImportRow, SourceName, SourceStatus } from "../../domain/source";
import { SOURCE_BACKOFF, SOURCE_BREAKER_OPEN_MS, SOURCE_LISTED_FROM } from "../../limits/sources";
import { SourceFailure } from "../../sources/failure";
import { Guard, isOpenCircuit } from "../../sources/guard";
import type { Source } from "../../sources/source";
import type { LabelsOf } from "../../telemetry/instruments";
import { logError } from "../../telemetry/log";
import { count } from "../../telemetry/meter-buffer";
import { backoffMs } from "../flow/backoff";
import { importIds } from "./import";
import type { SourcePorts } from "./ports";
import { begin, dueAtMs, end, failed, statusOf, succeeded } from "./state";
import { runStep, type StepDeps } from "./step";
import type { SourceStore } from "./store";

export interface DriverDeps {
  source: Source;
  store: SourceStore;
  ports: SourcePorts;
}

const MAX_REASON_CHARS = 200;

export class SourceDriver {
  readonly #guard: Guard;
  readonly #stepDeps: StepDeps;

  constructor(private readonly deps: DriverDeps) {
    const { source, store, ports } = deps;
    const openMs = Math.min(SOURCE_BREAKER_OPEN_MS, source.refreshMs);
    this.#guard = new Guard(openMs, store.state.breaker);
    this.#stepDeps = { source, ports, ask: (call) => this.#ask(call) };
  }

  /** When `tick` has something to do. */
  get dueAtMs(): number | null {
    return dueAtMs(this.deps.store.state);
  }

  get idsPerImport(): number {
    return this.deps.source.idsPerImport;
  }

  get status(): SourceStatus {
    const { source, store } = this.deps;
    const { isOpen } = this.#guard;
    return statusOf(store.state, { name: source.name, configured: true, isOpen });
  }

  async import(externalIds: readonly string[]): Promise<ImportRow[]> {
    const { store } = this.deps;
    const rows = await importIds(this.#stepDeps, externalIds);
    // What is here now is refreshed from now on.
    if (store.state.nextRunAtMs === null && rows.some((row) => row.result !== "error")) this.#planNext();
    return rows;
  }

  /** A run over all products, catalog fields included, as soon as the source may be asked; the one under way if there is one. */
  refresh(): SourceStatus {
    const now = Date.now();
    this.deps.store.change((state) => ({
      ...state,
      nextRunAtMs: state.run ? state.nextRunAtMs : now,
      retryAtMs: 0,
      // One that is under way without them is followed by one with them.
      catalogAtMs: state.run?.catalog ? state.catalogAtMs : 0,
    }));
    return this.status;
  }

  /** Once a minute: the alarm may have been lost, or the first product of this source have come in by another way. */
  async wake(): Promise<void> {
    const { store, ports, source } = this.deps;
    if (store.state.run || store.state.nextRunAtMs !== null) return;
    try {
      if ((await ports.count()) === 0) return;
      store.change((state) => ({ ...state, nextRunAtMs: state.nextRunAtMs ?? Date.now() }));
    } catch (error) {
      logError("source not woken", error, { source: source.name });
    }
  }

  /** What is due, if anything is. */
  async tick(): Promise<void> {
    const due = this.dueAtMs;
    if (due === null || due > Date.now()) return;
    try {
      await this.#begin();
      await this.#step();
    } catch (error) {
      // What the source has not done is not held against it; the run waits all the same.
      if (!(error instanceof SourceFailure) && !isOpenCircuit(error)) this.#fail(error);
    }
  }

  async #begin(): Promise<void> {
    const { store, ports, source } = this.deps;
    if (store.state.run) return;
    const total = await ports.count();
    const now = Date.now();
    if (total === 0) {
      store.change((state) => ({ ...state, nextRunAtMs: null, retryAtMs: 0 }));
      return;
    }
    const listed = source.listRecords !== undefined && total > SOURCE_LISTED_FROM;
    store.change((state) => begin(state, { total, listed, now }));
  }

  async #step(): Promise<void> {
    const { store, source } = this.deps;
    const { run } = store.state;
    if (!run) return;
    const after = await runStep(this.#stepDeps, run);
    const now = Date.now();
    store.change((state) => {
      const stepped = { ...state, run: { ...after.run, stepAtMs: now + source.spacingMs }, retryAtMs: 0 };
      return after.ended ? end(stepped, { now, refreshMs: source.refreshMs }) : stepped;
    });
  }

  /** Every call of the source: not before it may be asked, and never without saying what came of it. */
  async #ask<T>(call: () => Promise<T>): Promise<T> {
    const { store } = this.deps;
    const holdMs = store.state.holdUntilMs - Date.now();
    if (holdMs > 0) {
      // Not asked: nothing is learnt of it.
      this.#count("skipped");
      const until = new Date(store.state.holdUntilMs).toISOString();
      throw new SourceFailure("rate_limited", `it wants to be left alone until ${until}`, holdMs);
    }
    try {
      const answer = await this.#guard.execute(() => this.#counted(call));
      this.#note((state) => succeeded(state, Date.now()));
      return answer;
    } catch (error) {
      if (isOpenCircuit(error)) this.#count("skipped");
      this.#fail(error);
      throw error;
    }
  }

  async #counted<T>(call: () => Promise<T>): Promise<T> {
    try {
      const answer = await call();
      this.#count("ok");
      return answer;
    } catch (error) {
      this.#count("failed");
      throw error;
    }
  }

  #count(outcome: LabelsOf<"holdfast_source_calls_total">["outcome"]): void {
    count("holdfast_source_calls_total", { source: this.deps.source.name, outcome });
  }

  #fail(error: unknown): void {
    const { store, source } = this.deps;
    const failures = store.state.failures + 1;
    const keyRefused = error instanceof SourceFailure && error.kind === "key_refused";
    // A refresh that is due is never put off for long: there is at least one attempt in its time.
    const waitMs = keyRefused
      ? source.refreshMs
      : Math.min(backoffMs(failures, SOURCE_BACKOFF), source.refreshMs);
    const reason = isOpenCircuit(error) ? null : reasonOf(error);
    this.#note((state) => failed(state, { error, reason, waitMs, now: Date.now() }));
    if (failures === 1) logError("source failed", reason, { source: source.name });
  }

  #note(by: Parameters<SourceStore["change"]>[0]): void {
    this.deps.store.change((state) => ({ ...by(state), breaker: this.#guard.state }));
  }

  #planNext(): void {
    const nextRunAtMs = Date.now() + this.deps.source.refreshMs;
    this.deps.store.change((state) => ({ ...state, nextRunAtMs }));
  }
}

function reasonOf(error: unknown): string {
  return (error instanceof Error ? error.message : String(error)).slice(0, MAX_REASON_CHARS);
}

export function unconfigured(name: SourceName, store: SourceStore): SourceStatus {
  return statusOf(store.state, { name, configured: false, isOpen: false });
}

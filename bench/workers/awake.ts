/**
 * For how long objects cannot sleep, which the platform bills: while a call of theirs is under way, while a timer of theirs
 * runs, and while they wait for the answer of another object. What overlaps in one object is one time.
 */
import { AsyncLocalStorage } from "node:async_hooks";

export type Owner = "product" | "ledger" | "other";

export interface Self {
  name: string;
  owner: Owner;
}

interface Busy extends Self {
  reasons: number;
  since: number;
}

const current = new AsyncLocalStorage<Self>();
const busyByName = new Map<string, Busy>();
const msByOwner = new Map<Owner, number>();
const endByTimer = new Map<unknown, () => void>();

/** Whether this runs inside that object already. */
export function isWithin({ name }: Self): boolean {
  return current.getStore()?.name === name;
}

/** Runs a method of the object, which is awake until its answer is there. */
export function withinObject(self: Self, method: () => unknown): unknown {
  const answer = current.run(self, method);
  stayAwake(self, answer);
  return answer;
}

/** Since it was last taken. */
export function takeAwakeMs(): [Owner, number][] {
  const taken = [...msByOwner];
  msByOwner.clear();
  return taken;
}

export function awakeNow(): number {
  return [...busyByName.values()].filter(({ reasons }) => reasons > 0).length;
}

function stayAwake(self: Self, until: unknown): void {
  const end = beginReason(self);
  void Promise.resolve(until).then(end, end);
}

/** Answers what ends it; to be called once. */
function beginReason(self: Self): () => void {
  const busy = busyByName.get(self.name) ?? { ...self, reasons: 0, since: 0 };
  busyByName.set(self.name, busy);
  if (busy.reasons === 0) busy.since = performance.now();
  busy.reasons += 1;
  return () => {
    busy.reasons -= 1;
    if (busy.reasons > 0) return;
    msByOwner.set(busy.owner, (msByOwner.get(busy.owner) ?? 0) + performance.now() - busy.since);
  };
}

/** Timers that objects set from now on. */
export function watchTimers(): void {
  const { setTimeout: set, clearTimeout: clear } = globalThis;
  const setTimeoutAwake = (work: (...args: unknown[]) => void, ms?: number, ...args: unknown[]) => {
    const self = current.getStore();
    if (!self) return set(work, ms, ...args);
    const end = beginReason(self);
    const timer = set(
      (...given) => {
        endByTimer.delete(timer);
        work(...given);
        end();
      },
      ms,
      ...args,
    );
    endByTimer.set(timer, end);
    return timer;
  };
  const clearTimeoutAwake = (timer: unknown) => {
    endByTimer.get(timer)?.();
    endByTimer.delete(timer);
    Reflect.apply(clear, globalThis, [timer]);
  };
  Object.assign(globalThis, { setTimeout: setTimeoutAwake, clearTimeout: clearTimeoutAwake });
}

/** Whoever calls an object of `namespace`, or of any other: the prototype is the same. */
export function watchCallers(namespace: DurableObjectNamespace): void {
  const prototype: object = Object.getPrototypeOf(namespace);
  if (Object.hasOwn(prototype, "benchWatched")) return;
  Object.defineProperty(prototype, "benchWatched", { value: true });
  for (const name of ["get", "getByName"]) {
    const real: unknown = Reflect.get(prototype, name);
    if (typeof real !== "function") throw new Error(`a namespace has no ${name}`);
    const watching = function (this: object, ...args: unknown[]): object {
      return watchedStub(Reflect.apply(real, this, args));
    };
    Object.defineProperty(prototype, name, { value: watching, configurable: true, writable: true });
  }
}

function watchedStub(stub: object): object {
  return new Proxy(stub, {
    get(target, name) {
      const member: unknown = Reflect.get(target, name);
      if (typeof member !== "function") return member;
      return (...args: unknown[]): unknown => {
        const answer: unknown = Reflect.apply(member, target, args);
        const caller = current.getStore();
        if (caller) stayAwake(caller, answer);
        return answer;
      };
    },
  });
}

/**
 * Counting wrappers around what the platform gives. Prototypes are wrapped, not instances: an object insists
 * on the real state, and all objects of a Worker share one isolate here, so that one set of counters sees
 * them all.
 */
import { COUNT_NAMES, type Counts } from "../counts";
import { awakeNow, isWithin, takeAwakeMs, withinObject, type Owner } from "./awake";

/** Counts since they were last taken. */
export const counters: Counts = {
  productRows: 0,
  ledgerRows: 0,
  otherRows: 0,
  bookRows: 0,
  productAlarms: 0,
  ledgerAlarms: 0,
  otherAlarms: 0,
  alarmsRun: 0,
  restless: 0,
  productCalls: 0,
  ledgerCalls: 0,
  otherCalls: 0,
  productMs: 0,
  ledgerMs: 0,
  otherMs: 0,
  awake: 0,
  kvPuts: 0,
  objectRowsRead: 0,
  bookRowsRead: 0,
  otherWrites: 0,
};

interface Cursor {
  readonly rowsRead: number;
  readonly rowsWritten: number;
}

const ownerBySql = new WeakMap<SqlStorage, Owner>();
const ownerByStorage = new WeakMap<DurableObjectStorage, Owner>();
/**
 * A cursor's count is final once it has been read to its end, so cursors are kept until the counts are taken.
 */
const cursors: { owner: Owner; cursor: Cursor }[] = [];
const wrapped = new Set<object>();

/** The counts since the last call. */
export function takeCounts(): Counts {
  for (const { owner, cursor } of cursors.splice(0)) {
    counters[`${owner}Rows`] += cursor.rowsWritten;
    counters.objectRowsRead += cursor.rowsRead;
  }
  for (const [owner, ms] of takeAwakeMs()) counters[`${owner}Ms`] += ms;
  counters.awake = awakeNow();
  const taken = { ...counters };
  for (const name of COUNT_NAMES) counters[name] = 0;
  return taken;
}

export function countStorage(storage: DurableObjectStorage, owner: Owner): void {
  ownerByStorage.set(storage, owner);
  ownerBySql.set(storage.sql, owner);
  wrap(storage.sql, "exec", (sql: SqlStorage, cursor: Cursor) => {
    cursors.push({ owner: ownerBySql.get(sql) ?? "other", cursor });
  });
  wrap(storage, "setAlarm", (target: DurableObjectStorage) => {
    counters[`${ownerByStorage.get(target) ?? "other"}Alarms`] += 1;
  });
  for (const name of ["put", "delete", "deleteAll"]) wrap(storage, name, () => (counters.otherWrites += 1));
  for (const name of ["put", "delete"]) wrap(storage.kv, name, () => (counters.otherWrites += 1));
}

export function bookRows(book: D1Database): void {
  const count = ({ meta }: D1Result) => {
    counters.bookRows += meta.rows_written;
    counters.bookRowsRead += meta.rows_read;
  };
  // What fails wrote nothing, and whoever asked hears of it.
  const countAll = (_: unknown, answer: Promise<D1Result[]>) =>
    answer.then(
      (all) => all.forEach(count),
      () => undefined,
    );
  const countOne = (_: unknown, answer: Promise<D1Result>) => answer.then(count, () => undefined);
  wrap(book.withSession("first-primary"), "batch", countAll);
  for (const name of ["run", "all"]) wrap(book.prepare("SELECT 1"), name, countOne);
}

export function countPuts(catalog: KVNamespace): void {
  for (const name of ["put", "delete"]) wrap(catalog, name, () => (counters.kvPuts += 1));
}

/** Each call of a method from outside is a billed request of its object. */
export function countCalls(
  { prototype, name: kind }: { prototype: object; name: string },
  owner: Owner,
): void {
  for (const name of Object.getOwnPropertyNames(prototype)) {
    const method: unknown = Object.getOwnPropertyDescriptor(prototype, name)?.value;
    if (name === "constructor" || typeof method !== "function") continue;
    const counting = function (this: object, ...args: unknown[]): unknown {
      const self = { name: `${kind} ${idOf(this)}`, owner };
      const call = (): unknown => Reflect.apply(method, this, args);
      if (isWithin(self)) return call();
      if (name !== "alarm") counters[`${owner}Calls`] += 1;
      return withinObject(self, call);
    };
    Object.defineProperty(prototype, name, { value: counting, configurable: true, writable: true });
  }
}

function idOf(instance: object): string {
  const ctx: DurableObjectState = Reflect.get(instance, "ctx");
  return ctx.id.name ?? ctx.id.toString();
}

/** Lets `look` see what a method of the instance's prototype returned. Once per prototype and name. */
function wrap(instance: object, name: string, look: (target: never, result: never) => unknown): void {
  let prototype: object | null = Object.getPrototypeOf(instance);
  while (prototype && !Object.hasOwn(prototype, name)) prototype = Object.getPrototypeOf(prototype);
  const method: unknown = prototype && Reflect.get(prototype, name);
  if (!prototype || typeof method !== "function" || wrapped.has(method)) return;
  const looking = function (this: never, ...args: unknown[]) {
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- whatever the method gives
    const result = Reflect.apply(method, this, args) as never;
    look(this, result);
    return result;
  };
  wrapped.add(looking);
  Object.defineProperty(prototype, name, { value: looking, configurable: true, writable: true });
}

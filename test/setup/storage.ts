/**
 * Empties all storage. What `reset` of the test platform empties is what is in memory: an object that has gone to sleep, or was
 * aborted, keeps what it has, and so do D1, KV and R2, which are objects here. So each is woken first.
 */
import { reset, runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import pLimit from "p-limit";

const AT_ONCE = 20;

/** Objects that were made since storage was last emptied, by their ids. */
const namespaceById = new Map<string, DurableObjectNamespace>();

/** The Worker's exports, with classes that take down which objects are made of them. */
export function withNotedObjects(exports: object): object {
  const noted = Object.entries(exports).map(([name, value]: [string, unknown]) => {
    const namespace = namespaceOf(name);
    return [name, namespace && typeof value === "function" ? noting(value, namespace) : value];
  });
  return Object.fromEntries(noted);
}

/** As wrangler.toml has it: OrderIndexObject is bound as ORDER_INDEX. */
function namespaceOf(className: string): DurableObjectNamespace | undefined {
  const binding = className
    .replace(/Object$/, "")
    .replaceAll(/(?<=[a-z])(?=[A-Z])/g, "_")
    .toUpperCase();
  const bound: unknown = Reflect.get(env, binding);
  return isNamespace(bound) ? bound : undefined;
}

function isNamespace(bound: unknown): bound is DurableObjectNamespace {
  return typeof bound === "object" && bound !== null && "idFromString" in bound;
}

function noting(objectClass: Function, namespace: DurableObjectNamespace): object {
  return new Proxy(objectClass, {
    construct(target, args: [DurableObjectState], newTarget) {
      namespaceById.set(args[0].id.toString(), namespace);
      return Reflect.construct(target, args, newTarget);
    },
  });
}

export async function emptyStorage(): Promise<void> {
  await pLimit(AT_ONCE).map([...namespaceById], async ([id, namespace]) => {
    const stub = namespace.get(namespace.idFromString(id));
    // One that cannot begin is in memory all the same.
    await runInDurableObject(stub, () => undefined).catch(() => undefined);
  });
  await Promise.all([
    env.BOOK.prepare("SELECT 1").run(),
    env.SEARCH.prepare("SELECT 1").run(),
    env.CATALOG.get("any"),
    env.ARCHIVE.head("any"),
  ]);
  await reset();
  namespaceById.clear();
}

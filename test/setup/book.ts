/**
 * Before each test file the project's modules are loaded again, and the book has its tables, as a deploy would leave it; after it
 * all storage is emptied. The files of one workerd follow each other in it, and none may see what another has left: objects and
 * requests of a file go on when it has ended, and ask for what is there by then.
 */
import { applyD1Migrations, reset } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { afterAll, beforeAll, vi } from "vitest";
import { emptyStorage, withNotedObjects } from "./storage";

const { moduleRunner } = __vitest_mocker__;

/** Whoever forgot a module while it is being loaded would have two of it. */
async function modulesLoaded(): Promise<void> {
  const modules = [...moduleRunner.evaluatedModules.idToModuleMap];
  await Promise.allSettled(modules.map(([id, { promise }]) => id.includes("/src/") && promise));
}

/** As `vi.resetModules` does, but not of the libraries: they keep nothing of a file, and are most of what there is to load. */
function forgetModules(): void {
  for (const [id, module] of moduleRunner.evaluatedModules.idToModuleMap) {
    if (!id.includes("/src/") && !id.includes("/test/")) continue;
    if (id.includes("/node_modules/") || id.endsWith("/test/setup/storage.ts")) continue;
    module.promise = module.exports = undefined;
    module.evaluated = false;
    module.importers.clear();
  }
}

/** What a request of this file wants to do later would be done in the next one. Answers what ends that. */
function startTimers(): () => void {
  const start = setTimeout;
  let hasEnded = false;
  vi.stubGlobal("setTimeout", (callback: (...args: unknown[]) => void, ms?: number, ...args: unknown[]) =>
    start(() => void (hasEnded || callback(...args)), ms),
  );
  return () => {
    hasEnded = true;
    vi.unstubAllGlobals();
  };
}

/** Of the last file the way to Vitest's own process is closed when it has ended: logging would fail the run. */
function endLogging(): void {
  for (const level of ["log", "warn", "error"] as const)
    vi.spyOn(console, level).mockImplementation(() => undefined);
}

/**
 * Every request and every call of an object asks for the Worker's main module, and each time Vitest asks its own process
 * where that is, which took longer than most calls do. Here it is asked once for each file: when the file itself has been loaded,
 * and has said which modules it replaces.
 */
function rememberMainModule(): void {
  // What the file before this one had put there.
  Reflect.deleteProperty(moduleRunner, "import");
  const load = moduleRunner.import.bind(moduleRunner);
  const fileLoaded = Promise.withResolvers<void>();
  beforeAll(() => fileLoaded.resolve());
  let main: object | undefined;
  moduleRunner.import = async (id) => {
    if (!id.endsWith("/src/worker.ts")) return load(id);
    await fileLoaded.promise;
    if (main) return main;
    const loaded = await load(id);
    main ??= withNotedObjects(loaded);
    return main;
  };
}

const endTimers = startTimers();
await modulesLoaded();
// First: an object that is made from now on is made of the modules that this file has.
forgetModules();
rememberMainModule();
// What a request has made since the file before this one had ended.
await reset();
await applyD1Migrations(env.BOOK, env.BOOK_MIGRATIONS);
afterAll(async () => {
  vi.useRealTimers();
  vi.restoreAllMocks();
  await emptyStorage();
  endTimers();
  endLogging();
});

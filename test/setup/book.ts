/**
 * Before each test file: all storage is empty, the project's modules are loaded again, and the book has its tables, as a
 * deploy would leave it. The files of one workerd follow each other in it, and none may see what another has left.
 */
import { applyD1Migrations, reset } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { afterAll, vi } from "vitest";

const { moduleRunner } = __vitest_mocker__;

/** As `vi.resetModules` does, but not of the libraries: they keep nothing of a file, and are most of what there is to load. */
function forgetModules(): void {
  for (const [id, module] of moduleRunner.evaluatedModules.idToModuleMap) {
    if (!id.includes("/src/") && !id.includes("/test/")) continue;
    if (id.includes("/node_modules/")) continue;
    module.promise = module.exports = undefined;
    module.evaluated = false;
    module.importers.clear();
  }
}

/**
 * Objects go on when a file has ended, and may log. Of the last file the way to Vitest's own process is closed by then, which
 * would fail the run.
 */
function endLogging(): void {
  for (const level of ["log", "warn", "error"] as const)
    vi.spyOn(console, level).mockImplementation(() => undefined);
}

/**
 * Every request and every call of an object asks for the Worker's main module, and each time Vitest asks its own process
 * where that is, which took longer than most calls do. Here it is asked once for each file.
 */
function rememberMainModule(): void {
  // What the file before this one had put there.
  Reflect.deleteProperty(moduleRunner, "import");
  const load = moduleRunner.import.bind(moduleRunner);
  let main: unknown;
  moduleRunner.import = async (id) => {
    if (!id.endsWith("/src/worker.ts")) return load(id);
    main ??= await load(id);
    return main;
  };
}

vi.useRealTimers();
vi.restoreAllMocks();
// First: an object that is made from now on is made of the modules that this file has.
forgetModules();
rememberMainModule();
await reset();
await applyD1Migrations(env.BOOK, env.BOOK_MIGRATIONS);
afterAll(endLogging);

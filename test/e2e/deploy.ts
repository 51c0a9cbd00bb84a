/**
 * npm run deploy against a stub of Cloudflare's API: a fresh account, an upgrade, a second environment, and everything that
 * can go wrong in between, each time followed by the same command again. Nothing leaves this machine.
 */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { inspect } from "node:util";
import { runCommand } from "../../scripts/command.ts";
import { smokeTest } from "../../scripts/deploy/smoke.ts";
import { withElapsed } from "../../scripts/progress.ts";
import { PROJECT_DIRECTORY } from "../../scripts/wrangler.ts";
import { deployer, SECRETS, secretsOf } from "./deployer.ts";
import { PlatformStub, TOKEN } from "./platform-stub.ts";

const LIMIT_MS = 240_000;

const findings: string[] = [];

function expect(condition: boolean, otherwise: string): void {
  if (!condition) findings.push(otherwise);
}

await runCommand(async (stop) => {
  const signal = AbortSignal.any([stop, AbortSignal.timeout(LIMIT_MS)]);
  say(
    "deploy: a first deploy, upgrades, a second environment and their failures, against a stub of the platform",
  );
  for (const name of ["CI", "WORKERS_CI", "ADMIN_KEY", "CLOUDFLARE_ACCOUNT_ID", ...SECRETS])
    delete process.env[name];
  await using stub = await PlatformStub.start();
  process.env["CLOUDFLARE_API_BASE_URL"] = `${stub.url}/client/v4`;
  process.env["CLOUDFLARE_API_TOKEN"] = TOKEN;
  const run = deployer(stub, signal);
  const tests = [refusedFirst, first, again, failedMigration, anothersBook, staging, failedUpload, stopped];
  for (const test of tests) {
    const before = findings.length;
    await test(stub, run).catch((error: unknown) => {
      signal.throwIfAborted();
      findings.push(`${test.name}: ${inspect(error)}`);
    });
    say(`${test.name}: ${findings.length === before ? "as it should be" : "NOT as it should be"}`);
  }
  for (const finding of findings) say(`FOUND: ${finding}`);
  say(findings.length === 0 ? "passed" : `FAILED: ${findings.length} findings`);
  return findings.length === 0 ? 0 : 1;
});

type Test = (stub: PlatformStub, run: ReturnType<typeof deployer>) => Promise<void>;

/** What is refused before anything is touched. */
async function refusedFirst(...[stub, run]: Parameters<Test>): Promise<void> {
  process.env["CLOUDFLARE_API_TOKEN"] = "another";
  const wrong = await run();
  expect(
    wrong.trouble?.message.startsWith("The login is not accepted") === true &&
      wrong.trouble.remedy.includes("login"),
    `a wrong token: ${wrong.trouble?.message}`,
  );
  process.env["CLOUDFLARE_API_TOKEN"] = TOKEN;
  stub.hasSubdomain = false;
  const nameless = await run();
  expect(nameless.trouble?.remedy.includes("/workers/onboarding") === true, "no subdomain, and nothing said");
  stub.hasSubdomain = true;
  stub.workers.set("holdfast", { bindings: [{ name: "MINE", type: "plain_text", text: "1" }], uploads: 1 });
  const other = await run();
  expect(other.trouble?.message.includes("is no Holdfast") === true, "another Worker would be overwritten");
  stub.workers.delete("holdfast");
  process.env["CI"] = "true";
  const logged = await run();
  expect(
    logged.trouble?.message.includes("not made here") === true,
    "secrets are made where a log keeps them",
  );
  delete process.env["CI"];
  const odd = await run({ environment: "No Name" }).catch(String);
  expect(String(odd).includes("no name of an environment"), `an odd environment: ${inspect(odd)}`);
  const dry = await run({ dryRun: true });
  expect(dry.output.includes("database holdfast-book would be made"), `a dry run says\n${dry.output}`);
  expect(/would upload: .*gzip/.test(dry.output), `a dry run does not say the size:\n${dry.output}`);
  expect(
    SECRETS.every((name) => dry.output.includes(name)),
    "a dry run does not name the secrets",
  );
  expect(
    stub.calls.every((call) => call.startsWith("GET ")) && stub.databases.size === 0,
    `what was refused or dry has changed something:\n${stub.calls.join("\n")}`,
  );
}

async function first(...[stub, run]: Parameters<Test>): Promise<void> {
  const { output, calls, trouble } = await run();
  expect(trouble === undefined, `a first deploy fails: ${trouble?.message}`);
  const made = calls.filter((call) => call.startsWith("  made"));
  expect(
    made.join() ===
      "  made database holdfast-book,  made database holdfast-search,  made namespace holdfast-catalog,  made bucket holdfast-events",
    `a first deploy makes ${made.join()}`,
  );
  expectOrder(calls, [
    "  made namespace",
    "INSERT OR IGNORE INTO holdfast_deployment",
    "CREATE TABLE `events`",
    "  uploaded holdfast",
  ]);
  const { bindings = [] } = stub.workers.get("holdfast") ?? {};
  for (const name of SECRETS) {
    const value = bindings.find((one) => one.name === name && one.type === "secret_text")?.text ?? "";
    expect(value.length >= 32, `${name} was not sent along`);
    expect(output.split(value).length === 2, `${name} is not printed exactly once`);
  }
  expect(
    output.includes(stub.url) && output.includes("the objects answer"),
    `the end is not said:\n${output}`,
  );
  const [owner] =
    stub.database("holdfast-book")?.prepare("SELECT name, environment FROM holdfast_deployment").all() ?? [];
  expect(owner?.["name"] === "holdfast" && owner["environment"] === "production", "the book has no owner");
  expectTidy("holdfast");
}

async function again(...[stub, run]: Parameters<Test>): Promise<void> {
  const before = secretsOf(stub, "holdfast");
  const { output, calls, trouble } = await run();
  expect(trouble === undefined, `an upgrade fails: ${trouble?.message}`);
  expect(secretsOf(stub, "holdfast") === before, "an upgrade changes secrets");
  expect(!SECRETS.some((name) => output.includes(name)), `an upgrade prints secrets:\n${output}`);
  expect(!calls.some((call) => call.startsWith("  made")), "an upgrade makes databases");
  expect(output.includes("none is new"), `an upgrade migrates again:\n${output}`);
}

async function failedMigration(...[stub, run]: Parameters<Test>): Promise<void> {
  const book = stub.database("holdfast-book");
  book?.exec("DELETE FROM d1_migrations WHERE name LIKE '0001%'");
  const { calls, trouble } = await run();
  expect(trouble?.message.includes("already exists") === true, `a migration fails: ${trouble?.message}`);
  expect(trouble?.remedy.includes("Nothing was uploaded") === true, `what to do: ${trouble?.remedy}`);
  expect(!calls.some((call) => call.startsWith("PUT")), "it is uploaded though the migration failed");
  expectTidy("holdfast");
  book?.exec("DROP INDEX products_low");
  const next = await run();
  expect(next.trouble === undefined, "it does not go on after a failed migration");
  expectOrder(next.calls, ["CREATE INDEX `products_low`", "  uploaded holdfast"]);
}

async function anothersBook(...[stub, run]: Parameters<Test>): Promise<void> {
  const book = stub.database("holdfast-book");
  book?.exec("UPDATE holdfast_deployment SET name = 'other'");
  const { calls, trouble } = await run();
  expect(trouble?.message.includes("belongs to the Worker other") === true, `another's: ${trouble?.message}`);
  expect(
    calls.every((call) => !/^PUT|INSERT|CREATE|UPDATE/.test(call)),
    "another's book is touched",
  );
  expect((await run({ adopt: true })).trouble === undefined, "--adopt does not take the book");
  const [owner] = book?.prepare("SELECT name FROM holdfast_deployment").all() ?? [];
  expect(owner?.["name"] === "holdfast", "--adopt does not write the owner");
  // As a release before this left it: in use, and nobody's.
  book?.exec("DROP TABLE holdfast_deployment");
  const { bindings = [], uploads = 0 } = stub.workers.get("holdfast") ?? {};
  stub.workers.delete("holdfast");
  const nobodys = await run();
  expect(nobodys.trouble?.message.includes("has been in use") === true, "a book in use is taken");
  stub.workers.set("holdfast", { bindings, uploads });
  expect((await run()).trouble === undefined, "a Worker does not keep the book that it has");
}

async function staging(...[stub, run]: Parameters<Test>): Promise<void> {
  const bindings = JSON.stringify(stub.workers.get("holdfast"));
  stub.hasFreePlan = true;
  const { output, calls, trouble } = await run({ environment: "staging" });
  stub.hasFreePlan = false;
  expect(output.includes("the free plan"), `on the free plan it says\n${output}`);
  expect(trouble === undefined, `staging fails: ${trouble?.message}`);
  const written = calls.filter((call) => !call.startsWith("GET"));
  expect(
    written.every((call) => !/holdfast(?!-staging|_deployment)/.test(call)),
    `staging touches what is not its own:\n${written.join("\n")}`,
  );
  expect(JSON.stringify(stub.workers.get("holdfast")) === bindings, "staging changes production");
  const stores = (name: string) =>
    stub.workers
      .get(name)
      ?.bindings.flatMap((one) => [one["id"], one["namespace_id"], one["bucket_name"]].filter(Boolean)) ?? [];
  const shared = stores("holdfast-staging").filter((id) => stores("holdfast").includes(id));
  expect(stores("holdfast-staging").length === 5 && shared.length === 0, `staging shares ${shared.join()}`);
}

async function failedUpload(...[stub, run]: Parameters<Test>): Promise<void> {
  stub.failNext = /^PUT .*\/scripts\/holdfast-late/;
  const { output, trouble } = await run({ environment: "late" });
  expect(trouble?.message.includes("told to fail") === true, `an upload fails: ${trouble?.message}`);
  expect(
    SECRETS.every((name) => output.includes(`${name}=`)),
    "secrets that may have arrived are not shown",
  );
  expectTidy("holdfast-late");
  const next = await run({ environment: "late" });
  expect(next.trouble === undefined, `it does not go on after a failed upload: ${next.trouble?.message}`);
  expect(!next.calls.some((call) => /made|CREATE TABLE `/.test(call)), "what was done is done again");
  const shown = SECRETS.map((name) => /=(.*)/.exec(next.output.split(name)[1] ?? "")?.[1]).join();
  expect(secretsOf(stub, "holdfast-late") === shown, "the last secrets shown are not those that hold");
  stub.health = { status: "degraded", book: "not_migrated" };
  const smoke = { url: stub.url, key: undefined, patienceMs: 0, signal: AbortSignal.timeout(LIMIT_MS) };
  const ill = String(await smokeTest(smoke).catch((error: unknown) => error));
  expect(ill.includes("answers 200 not_migrated"), `a Worker that is not well: ${ill}`);
  stub.health = { status: "healthy" };
}

/** Ctrl-C while wrangler uploads. */
async function stopped(...[stub, run]: Parameters<Test>): Promise<void> {
  const script = join(PROJECT_DIRECTORY, "scripts", "deploy.ts");
  const child = spawn(process.execPath, [script, "--env", "torn", "--url", stub.url], { stdio: "pipe" });
  let output = "";
  for (const stream of [child.stdout, child.stderr]) stream.on("data", (chunk) => (output += String(chunk)));
  const exited = once(child, "exit");
  const seen = () => stub.calls.some((call) => /(POST|PUT) .*scripts\/holdfast-torn/.test(call));
  while (!seen() && child.exitCode === null) await new Promise((resolve) => setTimeout(resolve, 5));
  child.kill("SIGINT");
  await exited;
  expect(child.exitCode === 1 && output.includes("Running it again goes on"), `Ctrl-C says\n${output}`);
  expectTidy("holdfast-torn");
  const next = await run({ environment: "torn" });
  expect(next.trouble === undefined, `it does not go on after Ctrl-C: ${next.trouble?.message}`);
  const all = output + next.output;
  for (const value of secretsOf(stub, "holdfast-torn").split(","))
    expect(value.length > 0 && all.split(value).length === 2, "a secret that holds was not shown once");
}

/** Each is part of a call, in this order. */
function expectOrder(calls: readonly string[], parts: readonly string[]): void {
  let at = -1;
  for (const part of parts) {
    const next = calls.findIndex((call, index) => index > at && call.includes(part));
    expect(next > at, `${part} does not come where it should:\n${calls.join("\n")}`);
    at = Math.max(at, next);
  }
}

/** Nothing that had secrets in it is left on the disk. */
function expectTidy(name: string): void {
  expect(!existsSync(join(PROJECT_DIRECTORY, ".wrangler", `deploy-${name}`)), `${name} leaves files behind`);
}

function say(text: string): void {
  console.log(withElapsed(text));
}

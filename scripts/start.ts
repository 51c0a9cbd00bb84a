/**
 * npm start: the whole service on this machine, with demo data in it at the first start.
 * Arguments go to `wrangler dev`: npm start -- --port 8799 --persist-to DIR
 */
import { existsSync } from "node:fs";
import { join, resolve } from "node:path";
import { parseArgs } from "node:util";
import { appliedMigrations } from "./applied-migrations.mjs";
import { readDevKeys } from "./dev-vars.mjs";
import { seedOnce } from "./seed.mjs";
import { assertPortFree, migrateBook, PROJECT_DIRECTORY, startDev } from "./wrangler.mjs";

/** The short keys of the demo are taken; a webhook's receiver of the developer's own may be on this machine. */
const DEVELOPMENT = ["--var", "ENVIRONMENT:development", "--var", "WEBHOOK_ALLOW_LOCALHOST:true"];
const DEFAULT_STATE = join(".wrangler", "state");

const stopping = new AbortController();
for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) process.on(signal, () => stopping.abort());
// Under npm the parent is a shell that ends on SIGTERM without handing it on.
const parent = process.ppid;
if (process.env.npm_lifecycle_event)
  setInterval(() => process.ppid !== parent && stopping.abort(), 500).unref();

try {
  process.exitCode = await start(process.argv.slice(2), stopping.signal);
} catch (error) {
  if (!stopping.signal.aborted) {
    console.error(error.message);
    process.exitCode = 1;
  }
}

/** @returns {Promise<number>} the exit code, once the service has ended */
async function start(args, signal) {
  const { ip, port, inspectorPort, state, placeArgs, devArgs } = readArgs(args);
  const keys = readDevKeys();
  await assertPortFree(ip, port);

  console.log("Bringing the book up to date ...");
  const isOld = existsSync(join(state, "v3", "d1"));
  const applied = appliedMigrations(await migrateBook(placeArgs, { signal }));
  if (isOld && applied.length > 0)
    console.warn(
      `The book was made by an earlier version. New to it, and applied now: ${applied.join(", ")}`,
    );

  console.log("Starting the Worker ...");
  let showOutput = false;
  const server = await startDev({
    ip,
    port,
    inspectorPort,
    args: devArgs,
    onOutput: (chunk) => showOutput && process.stdout.write(chunk),
    signal,
  });
  try {
    await Promise.race([
      seedOnce({ url: server.url, key: keys.admin, marker: join(state, "demo-data-loading"), signal }),
      server.exited.then((code) => {
        throw new Error(`wrangler dev ended (${code}):\n${server.output()}`);
      }),
    ]);
    console.log(whatNext(server.url, keys));
    showOutput = true;
    const stopped = new Promise((done) =>
      signal.addEventListener("abort", () => done(undefined), { once: true }),
    );
    const code = await Promise.race([server.exited, stopped]);
    if (code === undefined) return 0;
    console.error(`wrangler dev ended (${code}).`);
    return code || 1;
  } finally {
    await server.stop();
  }
}

/** What start has to know is taken out: wrangler refuses an option given twice. All else is wrangler's. */
function readArgs(args) {
  const values = { ip: "127.0.0.1", port: "8787", "inspector-port": "0", "persist-to": DEFAULT_STATE };
  const options = Object.fromEntries(Object.keys(values).map((name) => [name, { type: "string" }]));
  const { tokens } = parseArgs({ args, options, strict: false, allowPositionals: true, tokens: true });
  const taken = new Set();
  for (const token of tokens) {
    if (token.kind !== "option" || !(token.name in values)) continue;
    if (!token.value) throw new Error(`${token.rawName} needs a value`);
    values[token.name] = token.value;
    taken.add(token.index);
    if (!token.inlineValue) taken.add(token.index + 1);
  }
  const port = Number(values.port);
  if (!Number.isInteger(port) || port < 1 || port > 65_535) throw new Error(`${values.port} is not a port`);
  const state = resolve(PROJECT_DIRECTORY, values["persist-to"]);
  const placeArgs = ["--persist-to", state];
  const rest = args.filter((_, index) => !taken.has(index));
  return {
    ip: values.ip,
    port,
    inspectorPort: values["inspector-port"],
    state,
    placeArgs,
    devArgs: [...DEVELOPMENT, ...placeArgs, ...rest],
  };
}

function whatNext(url, { storefront, admin }) {
  const json = "-H 'Content-Type: application/json'";
  return `
Holdfast answers at ${url}, its reference page at ${url}/docs
Keys: ${storefront} (a shop), ${admin} (everything). Stop with Ctrl-C.

Hold a Millennium Falcon for fifteen minutes:

  HOLD=$(curl -s ${url}/v1/inventory/75192-1/reserve \\
    -H 'X-API-Key: ${storefront}' ${json} -d '{"quantity": 1}'); echo "$HOLD"

Sell it, in the same shell:

  ID=$(echo "$HOLD" | sed 's/.*"reservationId":"\\([^"]*\\)".*/\\1/'); \\
  curl -s ${url}/v1/reservations/$ID/confirm \\
    -H 'X-API-Key: ${storefront}' ${json} -d '{}'; echo

Read what happened, a moment later:

  curl -s '${url}/v1/inventory/events?productId=75192-1' -H 'X-API-Key: ${storefront}'; echo
`;
}

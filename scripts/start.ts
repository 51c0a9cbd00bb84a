/**
 * npm start: the whole service on this machine, with demo data in it at the first start.
 * Arguments go to `wrangler dev`: npm start -- --port 8799 --persist-to DIR
 */
import { once } from "node:events";
import { existsSync } from "node:fs";
import { join, resolve } from "node:path";
import { parseArgs } from "node:util";
import { appliedMigrations } from "./applied-migrations.ts";
import { runCommand } from "./command.ts";
import { readDevKeys, type DevKeys } from "./dev-vars.ts";
import { startOutside } from "./outside/for-start.ts";
import { seedOnce } from "./seed.ts";
import { DEVELOPMENT_VARS, freePort, migrateBook, PROJECT_DIRECTORY, startDev } from "./wrangler.ts";

const DEFAULTS = {
  ip: "127.0.0.1",
  port: "8787",
  "inspector-port": "0",
  "persist-to": join(".wrangler", "state"),
};

await runCommand(async (stop) => {
  const signal = process.env["npm_lifecycle_event"] ? AbortSignal.any([stop, parentGone()]) : stop;
  return start(process.argv.slice(2), signal).catch((error: unknown) => {
    if (signal.aborted) return 0;
    throw error;
  });
});

/** Under npm the parent is a shell that ends on SIGTERM without handing it on. */
function parentGone(): AbortSignal {
  const parent = process.ppid;
  const gone = new AbortController();
  setInterval(() => process.ppid !== parent && gone.abort(), 500).unref();
  return gone.signal;
}

/** Answers the exit code, once the service has ended. */
async function start(args: string[], signal: AbortSignal): Promise<number> {
  const { ip, port, inspectorPort, state, rest } = readArgs(args);
  const keys = readDevKeys();
  await freePort(ip, port);

  console.log("Bringing the book up to date ...");
  const isOld = existsSync(join(state, "v3", "d1"));
  const stateArgs = ["--persist-to", state];
  const applied = appliedMigrations(await migrateBook(stateArgs, { signal }));
  if (isOld && applied.length > 0)
    console.warn(
      `The book was made by an earlier version. New to it, and applied now: ${applied.join(", ")}`,
    );

  await using outside = await startOutside();
  console.log("Starting the Worker ...");
  let showOutput = false;
  const server = await startDev({
    ip,
    port,
    inspectorPort,
    args: [...DEVELOPMENT_VARS, ...outside.args, ...stateArgs, ...rest],
    onOutput: (chunk) => showOutput && !signal.aborted && process.stdout.write(chunk),
    signal,
  });
  const ended = server.exited.then((code) => {
    throw new Error(`wrangler dev ended (${code}):\n${server.output()}`);
  });
  try {
    const marker = join(state, "demo-data-loading");
    await Promise.race([seedOnce({ url: server.url, apiKey: keys.admin, marker, signal }), ended]);
    console.log(whatNext(server.url, keys) + outside.note);
    showOutput = true;
    if (!signal.aborted) await Promise.race([once(signal, "abort"), ended]);
    return 0;
  } finally {
    await server.stop();
  }
}

/** What start has to know is taken out: wrangler refuses an option given twice. All else is wrangler's. */
function readArgs(args: string[]) {
  const values: Record<string, string> & typeof DEFAULTS = { ...DEFAULTS };
  const options = Object.fromEntries(Object.keys(values).map((name) => [name, { type: "string" as const }]));
  const { tokens } = parseArgs({ args, options, strict: false, allowPositionals: true, tokens: true });
  const taken = new Set<number>();
  for (const token of tokens) {
    if (token.kind !== "option" || !(token.name in values)) continue;
    if (!token.value) throw new Error(`${token.rawName} needs a value`);
    values[token.name] = token.value;
    taken.add(token.index);
    if (!token.inlineValue) taken.add(token.index + 1);
  }
  const port = Number(values.port);
  if (!Number.isInteger(port) || port < 1 || port > 65_535) throw new Error(`${values.port} is not a port`);
  return {
    ip: values.ip,
    port,
    inspectorPort: values["inspector-port"],
    state: resolve(PROJECT_DIRECTORY, values["persist-to"]),
    rest: args.filter((_, index) => !taken.has(index)),
  };
}

function whatNext(url: string, { storefront, admin }: DevKeys): string {
  const json = "-H 'Content-Type: application/json'";
  return `
Holdfast answers at ${url}. In a browser that is the console; ${url}/docs is the API's reference page.
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

/**
 * The API reference: `npm start` on data of its own, then every example of the OpenAPI document, programs over two generated
 * clients, and the page at /docs in Chromium. `--record` keeps the answers of the examples for the document (then `npm run
 * openapi`); `--shots DIRECTORY` takes pictures of the page.
 */
import { once } from "node:events";
import { mkdtempDisposableSync, readFileSync } from "node:fs";
import { createServer } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { z } from "zod";
import { runCommand } from "../../scripts/command.ts";
import { readDevKeys } from "../../scripts/dev-vars.ts";
import { withElapsed } from "../../scripts/progress.ts";
import { freePort, PROJECT_DIRECTORY } from "../../scripts/wrangler.ts";
import { validatorOf } from "../fuzz/check.ts";
import { parseDocument } from "../fuzz/document.ts";
import { findChromium } from "./chromium.ts";
import { npmStart } from "./npm-start.ts";
import { checkClients } from "./reference/clients.ts";
import { runExamples } from "./reference/examples.ts";
import { checkPage } from "./reference/page.ts";
import { record } from "./reference/record.ts";

const IP = "127.0.0.1";
const LIMIT_MS = 240_000;
const DOCUMENT = join(PROJECT_DIRECTORY, "docs", "openapi.json");
const ANSWERS = join(PROJECT_DIRECTORY, "src", "http", "reference", "answers.json");
const HOOK = "https://hooks.example.com/holdfast";

const { values } = parseArgs({
  options: { record: { type: "boolean" }, port: { type: "string" }, shots: { type: "string" } },
});

await runCommand(async (stop) => {
  const signal = AbortSignal.any([stop, AbortSignal.timeout(LIMIT_MS)]);
  say("reference: the examples of the document, generated clients, the page");
  const json = readFileSync(DOCUMENT, "utf8");
  const port = await freePort(IP, Number(values.port ?? 0));
  const url = `http://${IP}:${port}`;
  using scratch = mkdtempDisposableSync(join(tmpdir(), "holdfast-reference-"));
  await using receiver = await startReceiver();
  await using server = npmStart(["--port", String(port), "--persist-to", join(scratch.path, "state")]);
  await server.printed(`Holdfast answers at ${url}`, signal);
  say("npm start is ready");

  const keys = readDevKeys();
  const hook = { documented: HOOK, actual: receiver.url };
  const run = await runExamples(json, { url, keys, hook, signal });
  const findings = [...run.findings, ...receiver.findings(json)];
  say(`${run.ran.length} examples ran, ${receiver.count()} deliveries came`);
  if (values.record) say(`${record(ANSWERS, run)} answers recorded; now: npm run openapi`);
  const executablePath = findChromium();
  if (executablePath === undefined)
    say("the page: SKIPPED, since no Chromium is on the path (nor named by CHROMIUM)");
  else
    findings.push(...(await checkPage({ executablePath, url, key: keys.storefront, shots: values.shots })));
  say("the page was read");
  findings.push(...(await checkClients({ document: DOCUMENT, url, key: keys.admin, signal })));
  say("programs over two generated clients ran");

  for (const finding of findings) say(`FOUND: ${finding}`);
  say(findings.length === 0 ? "passed" : `FAILED: ${findings.length} findings`);
  return findings.length === 0 ? 0 : 1;
});
// Streams that were let go of would hold the process open.
process.exit();

/** Where webhooks go; what comes must be what the document says of `webhooks`. */
async function startReceiver() {
  const bodies: unknown[] = [];
  const missing: string[] = [];
  const server = createServer(async (request, response) => {
    bodies.push(JSON.parse(Buffer.concat(await request.toArray()).toString()));
    for (const name of ["webhook-id", "webhook-timestamp", "webhook-signature"])
      if (request.headers[name] === undefined) missing.push(`a delivery has no ${name}`);
    response.writeHead(204).end();
  });
  await once(server.listen(0, IP), "listening");
  const { port } = z.object({ port: z.number() }).parse(server.address());
  return {
    url: `http://localhost:${port}/holdfast`,
    count: () => bodies.length,
    findings: (json: string) => {
      const document = parseDocument(json);
      const validator = validatorOf({ ...document });
      const { DeliveredEvent = {}, DeliveredTest = {} } = document.components.schemas;
      const wrong = bodies.flatMap((body) => validator(body, { anyOf: [DeliveredEvent, DeliveredTest] }));
      const none = bodies.length === 0 ? ["nothing was delivered"] : [];
      return [...none, ...missing, ...wrong.map((one) => `a delivery ${one}`)];
    },
    [Symbol.asyncDispose]: () => server[Symbol.asyncDispose](),
  };
}

function say(text: string): void {
  console.log(withElapsed(text));
}

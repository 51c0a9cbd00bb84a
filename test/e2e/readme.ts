/**
 * A newcomer's first minutes: `npm start`, then the shell blocks of README.md and docs/, each document's pasted at
 * once, and twice. They must print what the text blocks beside them say (`…`: whatever), and every file that the
 * documents name must be there.
 */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, globSync, mkdtempDisposableSync, readFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { runCommand } from "../../scripts/command.ts";
import { withElapsed } from "../../scripts/progress.ts";
import { freePort, PROJECT_DIRECTORY } from "../../scripts/wrangler.ts";
import { npmStart } from "./npm-start.ts";

const IP = "127.0.0.1";
const PORT = "8787";
const LIMIT_MS = 240_000;

const DOCUMENTS = ["README.md", "CONTRIBUTING.md", ...globSync("docs/*.md", { cwd: PROJECT_DIRECTORY })];

await runCommand(async (stop) => {
  const signal = AbortSignal.any([stop, AbortSignal.timeout(LIMIT_MS)]);
  say("readme: what the documents say to paste, and the files that they name");
  const findings = DOCUMENTS.flatMap(missingFiles);
  const port = await freePort(IP);
  using scratch = mkdtempDisposableSync(join(tmpdir(), "holdfast-readme-"));
  await using server = npmStart(["--port", String(port), "--persist-to", join(scratch.path, "state")]);
  await server.printed(`Holdfast answers at http://${IP}:${port}`, signal);
  say("npm start is ready");
  for (const document of DOCUMENTS) {
    const { script, expected } = examplesIn(document);
    if (script === "") continue;
    const own = script.replaceAll(`${IP}:${PORT}`, `${IP}:${port}`);
    for (const time of ["first", "second"]) {
      const output = await paste(own, scratch.path, signal);
      const missing = firstMissing(expected, output, time === "first");
      say(`${document}, pasted the ${time} time: ${expected.length} lines expected`);
      if (missing !== undefined)
        findings.push(`${document}, pasted the ${time} time, does not print ${missing}, but:\n${output}`);
    }
  }
  for (const finding of findings) say(`FOUND: ${finding}`);
  say(findings.length === 0 ? "passed" : `FAILED: ${findings.length} findings`);
  return findings.length === 0 ? 0 : 1;
});

/** What links lead to, and what is named as code with its folder. */
function missingFiles(document: string): string[] {
  const prose = read(document).replaceAll(/^```[\s\S]*?^```/gm, "");
  const links = [...prose.matchAll(/\]\((?!https?:|#)([^)#]+)/g)].map(([, to = ""]) =>
    join(dirname(document), to),
  );
  const named = [...prose.matchAll(/`((?:src|scripts|bench|test|data|docs|migrations)\/[\w./-]*)`/g)];
  return [...links, ...named.map(([, path = ""]) => path)]
    .filter((path) => !existsSync(join(PROJECT_DIRECTORY, path)))
    .map((path) => `${document} names ${path}, which is not there`);
}

/** Of a document that speaks to the service: its shell blocks as one script, and the lines of its text blocks. */
function examplesIn(document: string): { script: string; expected: string[] } {
  const blocks = [...read(document).matchAll(/^```(\w*)\n([\s\S]*?)^```/gm)];
  const code = blocks.map(([, language, body = ""]) => ({ language, body }));
  const speaks = code.some(({ language, body }) => language === "sh" && body.includes(`${IP}:${PORT}`));
  if (!speaks) return { script: "", expected: [] };
  const shell = code.filter(({ language, body }) => language === "sh" && !body.includes("npm "));
  const said = code.filter(({ language }) => language === "text");
  return {
    script: shell.map(({ body }) => body).join("\n"),
    expected: said.flatMap(({ body }) => body.split("\n").filter((line) => line !== "")),
  };
}

/** Of lines that must come in this order. The numbers in them hold for the first time only. */
function firstMissing(expected: readonly string[], output: string, exactly: boolean): string | undefined {
  let at = 0;
  return expected.find((line) => {
    const pattern = line
      .split("…")
      .map((literal) => literal.replaceAll(/[.*+?^${}()|[\]\\]/g, String.raw`\$&`))
      .join(".*");
    const anyNumbers = pattern.replaceAll(/(?<=:)\d+/g, String.raw`\d+`);
    const found = new RegExp(exactly ? pattern : anyNumbers).exec(output.slice(at));
    at += found ? found.index + found[0].length : 0;
    return !found;
  });
}

/** What it prints, errors too. Aborts with the signal. */
async function paste(script: string, cwd: string, signal: AbortSignal): Promise<string> {
  const shell = spawn("bash", [], { cwd, signal, stdio: ["pipe", "pipe", "pipe"] });
  let output = "";
  for (const stream of [shell.stdout, shell.stderr])
    stream.setEncoding("utf8").on("data", (chunk: string) => (output += chunk));
  const closed = once(shell, "close");
  shell.stdin.end(script);
  await closed;
  return output;
}

function read(document: string): string {
  return readFileSync(join(PROJECT_DIRECTORY, document), "utf8");
}

function say(text: string): void {
  console.log(withElapsed(text));
}

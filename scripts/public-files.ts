/** Puts what is served as files, and comes from elsewhere, into `public/`: Scalar for the page at /docs, the OpenAPI document. */
import { copyFileSync, existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { runInNewContext } from "node:vm";

const project = dirname(import.meta.dirname);

putScalar(join(project, "public", "docs", "vendor"));
putDocument(join(project, "public", "openapi.json"));

/**
 * The package that has Scalar's browser bundle alone, and not the 240 MB that it is made from, has it as a text in its code.
 * The first line of the copy says which version it is.
 */
function putScalar(directory: string): void {
  const code = fileURLToPath(import.meta.resolve("@scalar/fastify-api-reference"));
  const home = dirname(dirname(code));
  const { version }: { version: string } = JSON.parse(readFileSync(join(home, "package.json"), "utf8"));
  const head = `/*! Scalar, of @scalar/fastify-api-reference ${version} */\n`;
  const served = join(directory, "scalar.js");
  if (existsSync(served) && readFileSync(served, "utf8").startsWith(head)) return;
  const [, literal] = /^var standalone_default = (".*");$/m.exec(readFileSync(code, "utf8")) ?? [];
  if (literal === undefined) throw new Error(`${code} has no bundle where it is looked for`);
  mkdirSync(directory, { recursive: true });
  writeFileSync(served, head + String(runInNewContext(literal)));
  copyFileSync(join(home, "LICENSE"), join(directory, "LICENSE"));
}

function putDocument(served: string): void {
  const document = JSON.stringify(JSON.parse(readFileSync(join(project, "docs", "openapi.json"), "utf8")));
  // What has not changed is not written: a server that is running would start again.
  if (!existsSync(served) || readFileSync(served, "utf8") !== document) writeFileSync(served, document);
}

/** Puts what is served as files, and comes from elsewhere, into `public/`: Swagger UI for the page at /docs, the OpenAPI document. */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const FILES = ["swagger-ui-bundle.js", "swagger-ui.css", "LICENSE", "NOTICE"];

const project = dirname(import.meta.dirname);
const source = dirname(fileURLToPath(import.meta.resolve("swagger-ui-dist/package.json")));
const target = join(project, "public", "docs", "vendor");

mkdirSync(target, { recursive: true });
for (const file of FILES) put(join(target, file), readFileSync(join(source, file)));

const document = JSON.stringify(JSON.parse(readFileSync(join(project, "docs", "openapi.json"), "utf8")));
put(join(project, "public", "openapi.json"), Buffer.from(document));

/** What has not changed is not written: a server that is running would begin anew, and cut off whoever listens. */
function put(file: string, content: Buffer): void {
  if (!existsSync(file) || !readFileSync(file).equals(content)) writeFileSync(file, content);
}

/** One call of POST /v1/products/import, whose answer, NDJSON, is read as it comes. */
import { createInterface } from "node:readline";
import { Readable } from "node:stream";
import { z } from "zod";

export type ImportResult = z.infer<typeof importResult>;
const importResult = z.object({
  row: z.number(),
  productId: z.string().nullable(),
  result: z.enum(["created", "updated", "unchanged", "error"]),
  error: z.object({ code: z.string(), detail: z.string() }).optional(),
});

export type ImportSummary = z.infer<typeof importSummary>;
const importSummary = z.object({
  created: z.number(),
  updated: z.number(),
  unchanged: z.number(),
  errors: z.number(),
});

const answerLine = z.union([z.object({ summary: importSummary }), importResult]);

/** What an import sends. */
export interface Upload {
  contentType: string;
  body: string;
}

interface ImportCall extends Upload {
  url: string;
  /** An admin's. */
  apiKey: string;
  onResult: (result: ImportResult) => void;
  signal?: AbortSignal;
}

/**
 * Throws when the call itself fails (refused, cut off, no summary); a failed row is a result like any other.
 */
export async function importProducts(call: ImportCall): Promise<ImportSummary> {
  const { url, apiKey, contentType, body, onResult, signal } = call;
  const response = await fetch(new URL("/v1/products/import", url), {
    method: "POST",
    headers: { "Content-Type": contentType, "X-API-Key": apiKey },
    body,
    signal: signal ?? null,
  });
  if (!response.ok || !response.body)
    throw new Error(`the import was answered ${response.status}: ${await response.text()}`);

  let summary: ImportSummary | undefined;
  for await (const line of createInterface({ input: Readable.from(response.body) })) {
    if (line === "") continue;
    const read = answerLine.parse(JSON.parse(line));
    if ("summary" in read) summary = read.summary;
    else onResult(read);
  }
  if (!summary) throw new Error("the answer broke off before its summary");
  return summary;
}

export function ndjson(items: object[]): Upload {
  return {
    contentType: "application/x-ndjson",
    body: items.map((item) => `${JSON.stringify(item)}\n`).join(""),
  };
}

/** The whole catalog as a file that an import reads back: streamed page by page, whatever its size. */
import Papa from "papaparse";
import { readBookEnds } from "../../d1/event-tail";
import { attributeNames, catalogPage } from "../../d1/products";
import type { ProductState } from "../../domain/views";
import { bodyAnswer, streamOf } from "../answers";
import { route, routesOf } from "../route";
import { EXPORT_PAGE_ROWS } from "../wire-limits";
import { cellsOf, columnsFor } from "./file/csv";
import { newProduct } from "./schemas";

export const EXPORT_ROUTES = routesOf("Catalog", {
  exportProducts: route({
    at: "GET /v1/products/export",
    summary: "Export all products",
    scope: "catalog:read",
    produces: ["application/x-ndjson", "text/csv"],
    answers: {
      200: {
        description: "A product per line, in the form that an import takes",
        schema: newProduct,
        types: ["application/x-ndjson", "text/csv"],
        headers: ["X-Book-Offset"],
      },
    },
    problems: ["book_unavailable"],
    handle: async (call) => {
      const { BOOK } = call.env;
      const csv = call.mediaType === "text/csv";
      const columns = csv ? columnsFor(await attributeNames(BOOK)) : undefined;
      const { newest } = await readBookEnds(BOOK);
      // The first page comes before the answer, so that a book that is away is a 503 and not a torn file.
      const first = await catalogPage(BOOK, undefined, EXPORT_PAGE_ROWS);
      const headers = {
        "X-Book-Offset": String(newest ?? 0),
        "Content-Type": csv ? "text/csv; charset=utf-8" : "application/x-ndjson",
        "Content-Disposition": `attachment; filename="products.${csv ? "csv" : "ndjson"}"`,
      };
      return bodyAnswer(call, streamOf(linesFrom(BOOK, first, columns)), { headers });
    },
  }),
});

async function* linesFrom(
  binding: D1Database,
  first: ProductState[],
  columns: string[] | undefined,
): AsyncGenerator<string, void> {
  if (columns) yield csvText([columns]);
  for (let page = first; page.length > 0;) {
    const lines = page.map(({ productId, product }) => ({ productId, ...product.fields }));
    if (columns) yield csvText(lines.map((line) => cellsOf(line, columns)));
    else yield lines.map((line) => `${JSON.stringify(line)}\n`).join("");
    if (page.length < EXPORT_PAGE_ROWS) return;
    page = await catalogPage(binding, page.at(-1)?.productId, EXPORT_PAGE_ROWS);
  }
}

function csvText(rows: string[][]): string {
  return `${Papa.unparse(rows, { newline: "\r\n" })}\r\n`;
}

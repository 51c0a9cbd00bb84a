/** Round and round through the book's products: a slice of their rows at each turn. */

const COUNT = "SELECT MAX(rowid) AS rows FROM products";
const SLICE = "SELECT product_id FROM products WHERE rowid > ?1 AND rowid <= ?2 ORDER BY rowid LIMIT ?3";

/** The rows before this turn's slice. Rows are read cheaply; an index for every question is not written cheaply. */
export async function sliceStart(book: D1Database, size: number, turn: number): Promise<number> {
  const rows = (await book.prepare(COUNT).first<{ rows: number | null }>())?.rows ?? 0;
  return (turn % Math.max(1, Math.ceil(rows / size))) * size;
}

export async function productsInTurn(book: D1Database, size: number, turn: number): Promise<string[]> {
  const start = await sliceStart(book, size, turn);
  const rows = await book
    .prepare(SLICE)
    .bind(start, start + size, size)
    .all<{ product_id: string }>();
  return rows.results.map((row) => row.product_id);
}

/** All SQL of an idempotency key's object, and the shapes of its rows. */

export const SQL = {
  request: "SELECT fingerprint, status, headers, has_body FROM request",
  begin: "INSERT INTO request (id, fingerprint) VALUES (1, ?)",
  answer: "UPDATE request SET status = ?, headers = ?, has_body = ?",
  addBody: "INSERT INTO body VALUES (?, ?)",
  body: "SELECT bytes FROM body ORDER BY n",
  forget: "DELETE FROM request",
} as const;

export type RequestRow = {
  fingerprint: string;
  status: number | null;
  headers: string | null;
  has_body: number | null;
};
export type BodyRow = { bytes: ArrayBuffer };

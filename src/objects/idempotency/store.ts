/** The one request of a key: which it was, and its answer once there is one. */
import type { KeptAnswer } from "../../domain/kept-answer";
import { MAX_ANSWER_CHUNK_BYTES } from "../../limits";
import { migrate, schemaVersion } from "../storage/migrations";

/** Append-only. */
const IDEMPOTENCY_MIGRATIONS = [
  // Without a status the request has no answer yet. The body is cut, since a row holds 2 MB.
  `
  CREATE TABLE request (
    id INTEGER PRIMARY KEY CHECK (id = 1),
    fingerprint TEXT NOT NULL,
    status INTEGER,
    headers TEXT,
    has_body INTEGER
  ) STRICT;
  CREATE TABLE body (n INTEGER PRIMARY KEY, bytes BLOB NOT NULL) STRICT;
  `,
] as const;

const SQL = {
  request: "SELECT fingerprint, status, headers, has_body AS hasBody FROM request",
  begin: "INSERT INTO request (id, fingerprint) VALUES (1, ?)",
  answer: "UPDATE request SET status = ?, headers = ?, has_body = ?",
  addBody: "INSERT INTO body VALUES (?, ?)",
  body: "SELECT bytes FROM body ORDER BY n",
  forget: "DELETE FROM request",
} as const;

type RequestRow = {
  fingerprint: string;
  status: number | null;
  headers: string | null;
  hasBody: number | null;
};

export class RequestStore {
  constructor(private readonly sql: SqlStorage) {
    if (schemaVersion(sql) > 0) migrate(sql, IDEMPOTENCY_MIGRATIONS);
  }

  request(): { fingerprint: string; answer: KeptAnswer | undefined } | undefined {
    if (schemaVersion(this.sql) === 0) return undefined;
    const [row] = this.sql.exec<RequestRow>(SQL.request).toArray();
    if (!row) return undefined;
    const { fingerprint, status, headers, hasBody } = row;
    if (status === null) return { fingerprint, answer: undefined };
    const body = hasBody === 1 ? this.#body() : null;
    return { fingerprint, answer: { status, headers: JSON.parse(headers ?? "{}"), body } };
  }

  /** Call it and `keep` inside a transaction. */
  begin(fingerprint: string): void {
    migrate(this.sql, IDEMPOTENCY_MIGRATIONS);
    this.sql.exec(SQL.begin, fingerprint);
  }

  keep({ status, headers, body }: KeptAnswer): void {
    this.sql.exec(SQL.answer, status, JSON.stringify(headers), body ? 1 : 0);
    const bytes = body ?? new Uint8Array();
    for (let n = 0, from = 0; from < bytes.length; n += 1, from += MAX_ANSWER_CHUNK_BYTES) {
      this.sql.exec(SQL.addBody, n, bytes.slice(from, from + MAX_ANSWER_CHUNK_BYTES));
    }
  }

  /** A request without an answer is as if it had never come. */
  forget(): void {
    this.sql.exec(SQL.forget);
  }

  #body(): Uint8Array {
    const chunks = this.sql.exec<{ bytes: ArrayBuffer }>(SQL.body).toArray();
    return new Uint8Array(Buffer.concat(chunks.map(({ bytes }) => new Uint8Array(bytes))));
  }
}

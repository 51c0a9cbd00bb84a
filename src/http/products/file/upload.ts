/** The bytes of an upload: as they come in, or all of them with their digest, never more than may be. */
import { createHash } from "node:crypto";
import { MAX_IMPORT_BYTES } from "../../../limits";
import { tooLarge } from "../../request/body";

export type Upload = AsyncIterable<Uint8Array>;

/** `whole`: reads it to its end before it is read again, and says its SHA-256. Throws a problem (413) where it is too long. */
export async function uploadOf(request: Request, whole: boolean): Promise<{ body: Upload; sha256?: string }> {
  if (Number(request.headers.get("Content-Length")) > MAX_IMPORT_BYTES) throw tooLarge(MAX_IMPORT_BYTES);
  const body = request.body ?? new Blob([]).stream();
  if (!whole) return { body };
  const hash = createHash("sha256");
  const chunks: Uint8Array[] = [];
  for await (const chunk of counted(body)) {
    hash.update(chunk);
    chunks.push(chunk);
  }
  return { body: drained(chunks), sha256: hash.digest("hex") };
}

/** What is read again is let go. */
async function* drained(chunks: Uint8Array[]): Upload {
  for (let next = chunks.shift(); next; next = chunks.shift()) yield next;
}

/** Throws a problem (413) where the upload passes its limit. */
export async function* counted(body: Upload): AsyncGenerator<Uint8Array, void> {
  let bytes = 0;
  for await (const chunk of body) {
    bytes += chunk.byteLength;
    if (bytes > MAX_IMPORT_BYTES) throw tooLarge(MAX_IMPORT_BYTES);
    yield chunk;
  }
}

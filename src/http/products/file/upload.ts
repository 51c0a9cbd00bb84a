/** The bytes of an upload: as they come in, or all of them with their digest, never more than may be. */
import { createHash } from "node:crypto";
import { MAX_IMPORT_BYTES } from "../../../limits";
import { tooLarge } from "../../request/body";

/** Throws a problem (413) for a request that says that its body is too long. */
export function uploadOf(request: Request): ReadableStream<Uint8Array> {
  if (Number(request.headers.get("Content-Length")) > MAX_IMPORT_BYTES) throw tooLarge(MAX_IMPORT_BYTES);
  return request.body ?? new ReadableStream<Uint8Array>({ start: (controller) => controller.close() });
}

/** Throws a problem (413) where the upload passes its limit. */
export async function* counted(body: ReadableStream<Uint8Array>): AsyncGenerator<Uint8Array, void> {
  let bytes = 0;
  for await (const chunk of body) {
    bytes += chunk.byteLength;
    if (bytes > MAX_IMPORT_BYTES) throw tooLarge(MAX_IMPORT_BYTES);
    yield chunk;
  }
}

/** Reads it to its end. What is read again is let go. Throws a problem (413). */
export async function digested(
  body: ReadableStream<Uint8Array>,
): Promise<{ body: ReadableStream<Uint8Array>; sha256: string }> {
  const hash = createHash("sha256");
  const chunks: Uint8Array[] = [];
  for await (const chunk of counted(body)) {
    hash.update(chunk);
    chunks.push(chunk);
  }
  const again = new ReadableStream<Uint8Array>({
    pull(controller) {
      const next = chunks.shift();
      if (next) controller.enqueue(next);
      else controller.close();
    },
  });
  return { body: again, sha256: hash.digest("hex") };
}

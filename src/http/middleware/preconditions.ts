/** `If-Match` and `If-None-Match` (RFC 9110, 13.1) over ETags that are versions: `"17"`. */
import type { Envelope } from "../../domain/command";
import { invalid, ProblemError } from "../problem";

const ETAG = /^(?:W\/)?"(\d{1,15})"$/;

export function etag(version: number): string {
  return `"${version}"`;
}

/** The version in `If-Match`; undefined without one and for `*`. Throws a problem when it is malformed. */
export function ifMatchVersion(headers: Headers): number | undefined {
  const header = headers.get("If-Match");
  if (header === null || header.trim() === "*") return undefined;
  const match = ETAG.exec(header.trim());
  if (match) return Number(match[1]);
  throw new ProblemError(
    invalid([
      {
        path: "header.If-Match",
        code: "invalid_format",
        message: 'must be a version in quotes, such as "17"',
      },
    ]),
  );
}

/** The version the caller saw, from the header or the body. Throws a problem when the two disagree. */
export function expectedVersion(headers: Headers, bodyVersion: number | undefined): Envelope["expected"] {
  const version = ifMatchVersion(headers);
  if (version === undefined)
    return bodyVersion === undefined ? undefined : { version: bodyVersion, via: "body" };
  if (bodyVersion === undefined || bodyVersion === version) return { version, via: "header" };
  throw new ProblemError(
    invalid([{ path: "body.version", code: "contradiction", message: `differs from If-Match "${version}"` }]),
  );
}

/** Whether the caller has this version already: the answer is then 304. */
export function hasVersion(headers: Headers, version: number): boolean {
  const header = headers.get("If-None-Match");
  if (header === null) return false;
  if (header.trim() === "*") return true;
  return header.split(",").some((tag) => ETAG.exec(tag.trim())?.[1] === String(version));
}

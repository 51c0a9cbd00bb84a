/** `If-Match` and `If-None-Match` (RFC 9110, 13.1) over ETags that are versions: `"17"`. */
import type { Envelope } from "../../domain/command";
import { badField } from "../problem";

const ETAG = /^(?:W\/)?"(\d{1,15})"$/;

export function etag(version: number): string {
  return `"${version}"`;
}

/** The versions in `If-Match`, the highest first; none without one and for `*`. Throws a problem when it is malformed. */
export function ifMatchVersions(headers: Headers): number[] {
  const header = headers.get("If-Match");
  if (header === null || header.trim() === "*") return [];
  const tags = header.split(",").flatMap((tag) => tag.trim() || []);
  const versions = tags.map((tag) => Number(ETAG.exec(tag)?.[1]));
  if (versions.length > 0 && !versions.some(Number.isNaN)) return versions.toSorted((a, b) => b - a);
  throw badField("header.If-Match", "invalid_format", 'must be versions in quotes, such as "17"');
}

/** The version the caller saw, from the header or the body. Throws a problem when the two disagree. */
export function expectedVersion(headers: Headers, bodyVersion: number | undefined): Envelope["expected"] {
  const [version, ...others] = ifMatchVersions(headers);
  if (version === undefined)
    return bodyVersion === undefined ? undefined : { version: bodyVersion, via: "body" };
  if (bodyVersion === undefined)
    return others.length === 0 ? { version, via: "header" } : { version, others, via: "header" };
  if (version === bodyVersion || others.includes(bodyVersion)) return { version: bodyVersion, via: "header" };
  throw badField("body.version", "contradiction", `differs from If-Match "${version}"`);
}

/** Whether the caller has this version already: the answer is then 304. */
export function hasVersion(headers: Headers, version: number): boolean {
  const header = headers.get("If-None-Match");
  if (header === null) return false;
  if (header.trim() === "*") return true;
  return header.split(",").some((tag) => ETAG.exec(tag.trim())?.[1] === String(version));
}

/**
 * Which of a product's events are in files, so that whoever sends them again does not bring them into the book a second time.
 * The book knows it by what it has, unless it has fallen back: then the files say it, of which only those can have an event that
 * were written after it had happened.
 */
import { filesSince } from "../d1/event-segments";
import { readArchivedVersion } from "../d1/repair";
import { linesOfSegment } from "./whole-log";

/** The last version in files; 0: none. `sinceMs`: when the oldest event of interest happened. Rejects where D1 or R2 does. */
export async function archivedVersion(env: Env, productId: string, sinceMs: number): Promise<number> {
  const { version, isUnsure } = await readArchivedVersion(env.BOOK, productId);
  if (!isUnsure) return version;
  for (const segment of await filesSince(env.BOOK, sinceMs)) {
    const lines = await linesOfSegment(env, segment);
    const versions = lines.flatMap(({ line }) => versionOf(line, productId) ?? []);
    if (versions.length > 0) return Math.max(...versions);
  }
  return 0;
}

/** undefined: it is another product's. */
function versionOf(line: string, wanted: string): number | undefined {
  // Most are another's, and need not be parsed.
  if (!line.includes(JSON.stringify(wanted))) return undefined;
  const { productId, version }: { productId: string; version: number } = JSON.parse(line);
  return productId === wanted ? version : undefined;
}

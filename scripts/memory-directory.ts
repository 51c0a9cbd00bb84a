/**
 * Where memory is a directory, the storage of tests is put there: it is thrown away, and need not wait for a disk. A container may
 * have less of it than they take.
 */
import { existsSync, statfsSync } from "node:fs";

const MEMORY = "/dev/shm";

/** For this process and those that it starts, unless a directory was named. */
export function useMemoryFor(bytes: number): void {
  if (process.env["TMPDIR"] === undefined && hasRoom(bytes)) process.env["TMPDIR"] = MEMORY;
}

function hasRoom(bytes: number): boolean {
  if (!existsSync(MEMORY)) return false;
  const { bavail, bsize } = statfsSync(MEMORY);
  return bavail * bsize >= bytes;
}

/** What every source outside is to Holdfast: records by their ids, a number of them at a time. */
import { PRODUCT_ID } from "../domain/ids";
import type { SourceName, SourceRecord } from "../domain/source";
import * as z from "zod";

/** Each id that was asked for is in one of the two, or the source does not know it. */
export interface Fetched {
  records: SourceRecord[];
  /** Records that nothing can be made of. The others go on. */
  rejected: Rejected[];
}

export interface Rejected {
  externalId: string;
  reason: string;
}

export interface Listed extends Fetched {
  /** null: this was the last page. */
  nextPage: number | null;
}

export interface Source {
  readonly name: SourceName;
  /** Ids that one `fetchRecords` takes. */
  readonly idsPerCall: number;
  /** Ids that one import takes: what can be fetched while somebody waits. */
  readonly idsPerImport: number;
  /** From the beginning of one refresh to that of the next. */
  readonly refreshMs: number;
  /** Between two steps of a run. */
  readonly spacingMs: number;
  /** Rejects with a `SourceFailure`. */
  fetchRecords(externalIds: readonly string[]): Promise<Fetched>;
  /** Everything that it has, page by page from 1: cheaper when very many are due. Rejects with a `SourceFailure`. */
  listRecords?(page: number): Promise<Listed>;
}

export interface SourceSettings {
  /** Without a slash at its end. */
  url: string;
  apiKey: string;
  refreshMs: number;
}

const MAX_TEXT_CHARS = 500;
const MAX_URL_CHARS = 2048;

// oxlint-disable-next-line no-control-regex -- control characters are what it looks for
const CONTROL = /[\u0000-\u001f\u007f]/;

/** A name or the like: it goes into the catalog and from there onto pages. */
export const plainText = z
  .string()
  .trim()
  .min(1)
  .max(MAX_TEXT_CHARS)
  .refine((text) => text.isWellFormed() && !CONTROL.test(text), "has control characters");

/** A picture that cannot be linked to is none. */
export const imageUrl = z
  .unknown()
  .transform((value) =>
    typeof value === "string" &&
    value.length <= MAX_URL_CHARS &&
    z.url({ protocol: /^https?$/ }).safeParse(value).success
      ? value
      : null,
  );

/** Records by themselves: a bad one is refused with its id and a reason. `ofId` false: nobody asked for it. */
export function readRecords(
  items: readonly unknown[],
  idOf: (item: unknown) => string | undefined,
  schema: z.ZodType<SourceRecord>,
): Fetched {
  const fetched: Fetched = { records: [], rejected: [] };
  for (const item of items) {
    const externalId = idOf(item);
    if (externalId === undefined) continue;
    const { data, error } = schema.safeParse(item);
    if (data) fetched.records.push(data);
    else fetched.rejected.push({ externalId, reason: reasonOf(error) });
  }
  return fetched;
}

function reasonOf({ issues }: z.ZodError): string {
  const [issue] = issues;
  return `${issue?.path.join(".") || "the record"}: ${issue?.message ?? "is not valid"}`;
}

/** Its `name`, where it is one that a product may have. */
export function keyIn(item: unknown, name: string): string | undefined {
  const key = typeof item === "object" && item !== null ? Reflect.get(item, name) : undefined;
  return typeof key === "string" && PRODUCT_ID.test(key) ? key : undefined;
}

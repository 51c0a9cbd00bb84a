/** The way to a product's object: an envelope out, the object's own answer back. */
import type { Command, Envelope, ExecuteOptions, Query, ReadResult, Result } from "../../domain/command";
import { forgetEntry } from "../../kv/entry-memory";
import { PLACES_TRIES } from "../../limits";
import { productObject } from "../../products";
import { bodyAnswer, jsonTextAnswer } from "../answers";
import { withPlaces } from "../locations/known-locations";
import { problemResponse, type Problem } from "../problem";
import { refusalProblem } from "../refusal-problem";
import { callerOf } from "../request/credential";
import { requestKeyOf } from "../request/idempotency-key";
import { etag, expectedVersion, hasVersion } from "../request/preconditions";
import type { Call } from "../route";
import { countRefused } from "./demand";
import { awaitIndex } from "./indexer";
import { reach } from "./reach";

export interface Change {
  productId: string;
  command: Command;
  /** The body as its idempotency key knows it; left out: as it is. */
  asked?: unknown;
  /** 200 when it is left out; 204 answers without the body. */
  status?: 201 | 204;
  version?: number | undefined;
  /** Answer only once the book has it (or the object has waited long enough). */
  awaitBook?: true;
  /** The new thing's path, from the answer's text. */
  location?: (body: string) => string;
  /** What it means that there is no such product, where the caller has not named a product. */
  unknown?: Problem;
}

export async function change(call: Call, wanted: Change): Promise<Response> {
  const { productId, awaitBook = false } = wanted;
  const envelope: Envelope = { command: wanted.command, ...callerOf(call.credential) };
  const expected = expectedVersion(call.headers, wanted.version);
  if (expected) envelope.expected = expected;
  const key = requestKeyOf(call, wanted.asked);
  if (key) envelope.key = key;
  const [result] = await execute(call.env, productId, { envelopes: [envelope], awaitBook });
  if (!result) throw new Error("the object answered nothing");
  if (!result.ok) {
    const { refusal } = result;
    const unknown = refusal.code === "product_not_found" ? wanted.unknown : undefined;
    return problemResponse(call.c, unknown ?? refusalProblem(refusal));
  }
  if (awaitBook) await awaitIndex(call.env);
  const headers: Record<string, string> = { ETag: etag(result.version) };
  if (wanted.location) headers["Location"] = wanted.location(result.body);
  const options = { status: wanted.status ?? 200, replayed: result.replayed, headers };
  return wanted.status === 204 ? bodyAnswer(call, null, options) : jsonTextAnswer(call, result.body, options);
}

/** The body's fields as a command about the product in the path, at the version that the caller saw. */
export function changeByBody<Body extends object>(
  call: Call<{ productId: string }, unknown, Body & { version?: number }>,
  command: (fields: Omit<Body, "version">) => Command,
  options: Pick<Change, "awaitBook"> = {},
): Promise<Response> {
  const { version, ...fields } = call.body;
  return change(call, { productId: call.params.productId, command: command(fields), version, ...options });
}

/** Throws a problem (503) when the object cannot be reached or fails: it may have decided. */
export async function execute(
  env: Env,
  productId: string,
  { envelopes: wanted, ...options }: ExecuteOptions & { envelopes: Envelope[] },
): Promise<Result[]> {
  // Where twice does no more than once it may be sent again when the way to the object broke.
  const repeatable =
    options.dryRun === true ||
    wanted.every(({ key, command }) => key !== undefined || command.verb === "upsert");
  for (let tries = PLACES_TRIES; ; tries -= 1) {
    const envelopes = await withPlaces(env, wanted);
    const asking = () => productObject(env, productId).execute(envelopes, options);
    const results = await reach(asking, repeatable);
    forgetEntry(productId);
    if (tries > 1 && isOutdated(results)) continue;
    if (options.dryRun !== true) countRefusals(env, envelopes, results);
    return results;
  }
}

/** Units that nobody could hold. */
function countRefusals(env: Env, envelopes: readonly Envelope[], results: readonly Result[]): void {
  for (let at = 0; at < results.length; at += 1) {
    const result = results[at];
    if (!result || result.ok || result.refusal.code !== "insufficient_stock") continue;
    if (envelopes[at]?.command.verb === "reserve") countRefused(env, result.refusal.shortages);
  }
}

/** The object came too late to decide anything of it. What is only repeated is repeated again. */
function isOutdated(results: readonly Result[]): boolean {
  const fresh = results.filter((result) => !result.ok || !result.replayed);
  return fresh.length > 0 && fresh.every((result) => !result.ok && result.refusal.code === "places_outdated");
}

/** Throws a problem (503) when the object cannot be reached or fails. */
export function read(env: Env, productId: string, query: Query): Promise<ReadResult> {
  return reach((): PromiseLike<ReadResult> => productObject(env, productId).read(query), true);
}

/** An answer that has an ETag: 304 when the caller has it already. */
export function representation(call: Call, body: string, version: number): Response {
  const headers = { ETag: etag(version) };
  if (hasVersion(call.headers, version)) return bodyAnswer(call, null, { status: 304, headers });
  return jsonTextAnswer(call, body, { headers });
}

/** The object's answer; one of the moment has no version. */
export async function readAnswer(call: Call, productId: string, query: Query): Promise<Response> {
  const result = await read(call.env, productId, query);
  if (!result.ok) return problemResponse(call.c, refusalProblem(result.refusal));
  if (query.view === "check") return jsonTextAnswer(call, result.body);
  return representation(call, result.body, result.version);
}

/** Many reservations resolved in one request, each by itself: they may be of one order, of several, or of none. */
import type { Command } from "../../domain/command";
import { parseReservationId } from "../../domain/ids";
import { rowEnvelope, rowKeys } from "../batch/row-list";
import { problemFields } from "../batch/row-problem";
import { applyRows, isDecided, type Outcome, type Row } from "../batch/rows";
import { withoutUnknown } from "../batch/unknown-products";
import { notFound } from "../problem";
import { answerOnce, type Run } from "../request/answer-once";
import { jsonAnswer } from "../request/answers";
import type { Call } from "../route";
import { nonNegative } from "../schemas/primitives";
import { MAX_RESERVATIONS_RESOLVED } from "../wire-limits";
import * as z from "../zod";
import { reservation } from "./schemas";

/** Any texts: what is not the id of a reservation is the id of none, and that is its row's 404. */
export const reservationIds = z.array(z.string()).min(1).max(MAX_RESERVATIONS_RESOLVED);

/** What `resolveMany` answers. */
export const manyResolved = z
  .object({
    results: z
      .array(
        z.looseObject({
          index: nonNegative,
          reservationId: z.string(),
          applied: z.boolean(),
          replayed: z.boolean().optional(),
          reservation: reservation.optional(),
          status: z.int().optional(),
          code: z.string().optional(),
          detail: z.string().optional(),
        }),
      )
      .describe("In the order of the ids."),
    summary: z.object({ total: nonNegative, applied: nonNegative, failed: nonNegative }),
  })
  .openapi("ReservationsResolved");

/** Always 200, with a result per id and a summary; else a problem about the `Idempotency-Key`. */
export function resolveMany(
  call: Call,
  ids: readonly string[],
  command: (ulid: string) => Command,
): Promise<Response> {
  return answerOnce(call, (run) => resolveEach(call, { ids, command }, run));
}

interface Wanted {
  ids: readonly string[];
  command: (ulid: string) => Command;
}

async function resolveEach(call: Call, { ids, command }: Wanted, run: Run): Promise<Response> {
  const keyOf = rowKeys(call);
  const rows = await Promise.all(
    ids.map(async (id, index): Promise<Row> => {
      const parsed = parseReservationId(id);
      if (!parsed) return { problem: notFound("reservation_not_found", id) };
      const own = command(parsed.ulid);
      const content = { reservationId: id, ...own };
      const envelope = await rowEnvelope(call, { command: own, content, key: keyOf(index, undefined) });
      return { productId: parsed.productId, envelope };
    }),
  );
  const unknown = (_: string, row: number) => notFound("reservation_not_found", ids[row] ?? "");
  const outcomes = await applyRows(call, await withoutUnknown(call, rows, unknown));
  run.keep = isDecided(outcomes);
  const results = ids.map((id, index) => resultOf({ index, reservationId: id }, outcomes[index]));
  const applied = results.filter((result) => result.applied).length;
  return jsonAnswer(call, {
    results,
    summary: { total: ids.length, applied, failed: ids.length - applied },
  });
}

function resultOf(row: { index: number; reservationId: string }, outcome: Outcome | undefined) {
  if (outcome && "result" in outcome) {
    const { body, replayed } = outcome.result;
    const resolved: unknown = JSON.parse(body);
    return { ...row, applied: true, ...(replayed && { replayed }), reservation: resolved };
  }
  if (!outcome || "skipped" in outcome) throw new Error("a reservation was not tried");
  return { ...row, applied: false, ...problemFields(outcome.problem) };
}

/** Many reservations resolved in one request, each by itself: they may be of one order, of several, or of none. */
import type { Command } from "../../domain/command";
import { parseReservationId } from "../../domain/ids";
import { commandRows } from "../batch/row-list";
import { problemFields } from "../batch/row-problem";
import { applyRows, type Tried } from "../batch/rows";
import { applyKnown } from "../batch/unknown-products";
import { notFound } from "../problem";
import { answerOnce } from "../request/answer-once";
import { jsonAnswer } from "../request/answers";
import type { Call } from "../route";
import { nonNegative } from "../schemas/primitives";
import { MAX_RESERVATIONS_RESOLVED } from "../wire-limits";
import * as z from "../zod";
import { reservation } from "./schemas";

/** Any texts: what is not the id of a reservation is the id of none, and that is its row's 404. */
export const reservationIds = z.array(z.string()).min(1).max(MAX_RESERVATIONS_RESOLVED);

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
  commandOf: (ulid: string) => Command,
): Promise<Response> {
  const parsed = ids.map((id) => {
    const fields = parseReservationId(id);
    return fields ? { fields } : { problem: notFound("reservation_not_found", id) };
  });
  return answerOnce(call, async (run) => {
    const rows = await commandRows(call, parsed, ({ ulid }, index) => {
      const command = commandOf(ulid);
      return { command, content: { reservationId: ids[index], ...command } };
    });
    const unknown = (index: number) => notFound("reservation_not_found", ids[index] ?? "");
    const outcomes = await applyKnown(call, { run, rows, apply: applyRows, unknown });
    const results = outcomes.map((outcome, index) => ({
      index,
      reservationId: ids[index],
      ...resultOf(outcome),
    }));
    const applied = results.filter((result) => result.applied).length;
    const summary = { total: ids.length, applied, failed: ids.length - applied };
    return jsonAnswer(call, { results, summary });
  });
}

function resultOf(outcome: Tried) {
  if ("problem" in outcome) return { applied: false, ...problemFields(outcome.problem) };
  const { body, replayed } = outcome.result;
  const resolved: unknown = JSON.parse(body);
  return { applied: true, ...(replayed && { replayed }), reservation: resolved };
}

/** From what a reserve takes on the wire to its command: where it may be taken, and whose units pass to it. */
import type { CommandOf } from "../../domain/command";
import { parseReservationId } from "../../domain/ids";
import { locationIdsByPriority } from "../locations/known-locations";
import { badField } from "../problem";
import { requireScope } from "../request/auth";
import type { reserveBody } from "../reservations/schemas";
import type { Call } from "../route";
import type * as z from "../zod";

/** Throws a problem: 403 for a hold that may not be without expiry, 400 (at `root`) for another product's. */
export async function reserveCommand(
  call: Call,
  body: z.output<typeof reserveBody>,
  of: { productId: string; root: string },
): Promise<CommandOf<"reserve">> {
  const { locationId: one, locationIds: several, supersedes, ...hold } = body;
  if (hold.ttlSeconds === null) requireScope(call.credential, "stock:write");
  const places = await placesOf(call, one === undefined ? several : [one]);
  const command = { verb: "reserve" as const, ...hold, ...places };
  return supersedes === undefined ? command : { ...command, supersedes: ownUlid(supersedes, of) };
}

/** Where a hold may be taken: where the caller says, else anywhere, locations in order of priority. */
async function placesOf(call: Call, named: string[] | undefined) {
  if (named) return { locationIds: named, anyLocation: false };
  return { locationIds: await locationIdsByPriority(call), anyLocation: true };
}

/** The ULID of a hold that must be one of this product's. Throws a problem (400) otherwise. */
function ownUlid(id: string, of: { productId: string; root: string }): string {
  const parsed = parseReservationId(id);
  if (parsed?.productId === of.productId) return parsed.ulid;
  throw badField(`${of.root}.supersedes`, "other_product", "must be a reservation of the same product");
}

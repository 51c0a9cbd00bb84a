/** A product is deleted under its path as a product and under that of its stock. */
import { change } from "../clients/product";
import { route, type Contract } from "../route";
import { CHANGED } from "../schemas/answers";
import { maybe, productId, reason } from "../schemas/primitives";
import * as z from "../zod";

/** `force`: although it has stock or holds. */
const query = z.strictObject({
  force: z
    .enum(["true", "false"])
    .default("false")
    .transform((value) => value === "true")
    .openapi({ type: "boolean", default: false }),
  reason: maybe(reason),
});

export function deletionOf(own: Pick<Contract, "at" | "summary">) {
  return route({
    ...own,
    scope: "admin",
    versioned: true,
    params: z.strictObject({ productId }),
    query,
    answers: { 204: { description: "Deleted", headers: CHANGED } },
    problems: ["product_not_found", "product_in_use", "reason_required"],
    handle: (call) => {
      const command = { verb: "delete" as const, ...call.query };
      return change(call, { productId: call.params.productId, command, status: 204, awaitBook: true });
    },
  });
}

/** A product is made and deleted under its path as a product and under that of its stock. */
import type { CommandOf } from "../../domain/command";
import { CHANGED } from "../answers";
import { change } from "../clients/product";
import { route, type Call, type Contract } from "../route";
import { booleanParam, productParams, reason } from "../schemas/primitives";
import * as z from "../zod";
import { forgetMissing } from "./missing-products";

/** The product is then under the path that it was made at. */
export async function creation(
  call: Call,
  productId: string,
  command: CommandOf<"create">,
): Promise<Response> {
  const location = () => `${call.c.req.path}/${productId}`;
  const answer = await change(call, { productId, command, status: 201, awaitBook: true, location });
  if (answer.ok) await forgetMissing(productId);
  return answer;
}

/** `force`: although it has stock or holds. */
const query = z.strictObject({
  force: booleanParam.default(false).openapi({ type: "boolean", default: false }),
  reason: z.maybe(reason),
});

export function deletionOf(own: Pick<Contract, "at" | "summary">) {
  return route({
    ...own,
    scope: "admin",
    versioned: true,
    params: productParams,
    query,
    answers: { 204: { description: "Deleted", headers: CHANGED } },
    problems: ["product_not_found", "product_in_use", "reason_required"],
    handle: (call) => {
      const command = { verb: "delete" as const, ...call.query };
      return change(call, { productId: call.params.productId, command, status: 204, awaitBook: true });
    },
  });
}

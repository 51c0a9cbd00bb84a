/** What a client says over its socket: checked here, and answered with an error that names what is wrong. */
import * as z from "zod";
import { PRODUCT_ID } from "../../domain/ids";
import { HUB_MAX_MESSAGE_BYTES } from "../../limits";
import { errorMessage, Message } from "./message";

const products = z
  .array(
    z.string().regex(PRODUCT_ID, "must be 1 to 64 of A-Z a-z 0-9 . _ -, beginning with a letter or digit"),
  )
  .min(1);

const clientMessage = z.discriminatedUnion("type", [
  z.strictObject({ type: z.literal("subscribe"), products }),
  z.strictObject({ type: z.literal("unsubscribe"), products }),
  z.strictObject({ type: z.literal("ping") }),
]);

export type ClientMessage = z.output<typeof clientMessage>;

export const PONG = new Message("pong", '{"type":"pong"}');

/** An error to answer with when it is not a message. */
export function readClientMessage(data: string | ArrayBuffer): ClientMessage | Message {
  if (typeof data !== "string") return errorMessage("malformed_json", "Messages are JSON texts.");
  if (data.length > HUB_MAX_MESSAGE_BYTES) {
    const facts = { limitBytes: HUB_MAX_MESSAGE_BYTES };
    return errorMessage("validation_failed", "The message is too large.", facts);
  }
  let value: unknown;
  try {
    value = JSON.parse(data);
  } catch {
    return errorMessage("malformed_json", "The message is not JSON.");
  }
  const parsed = clientMessage.safeParse(value);
  if (parsed.success) return parsed.data;
  const errors = parsed.error.issues.slice(0, MAX_ERRORS).map((issue) => {
    const path = ["message", ...issue.path].join(".");
    if (issue.code !== "unrecognized_keys") return { path, code: issue.code, message: issue.message };
    return {
      path: `${path}.${issue.keys[0]?.slice(0, MAX_NAME_CHARS)}`,
      code: "unknown_field",
      message: "is not known here",
    };
  });
  return errorMessage("validation_failed", "The message is not valid.", { errors });
}

const MAX_ERRORS = 20;
const MAX_NAME_CHARS = 100;

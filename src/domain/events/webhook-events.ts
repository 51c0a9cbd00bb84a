/** What happens to a webhook. Its subject is `webhook:<webhookId>`. */
import * as z from "zod";

export const DISABLED_REASONS = ["repeated_failure", "gone", "requested"] as const;

export const webhookEvents = {
  "webhook.disabled": z.object({
    webhookId: z.string(),
    host: z.string(),
    reason: z.enum(DISABLED_REASONS).nullable(),
    failures: z.int(),
    nextOffset: z.int(),
  }),
};

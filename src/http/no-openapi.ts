/**
 * Takes the place of the generator of the OpenAPI document in the Worker (see wrangler.toml), which serves the document as a file
 * (`npm run openapi`): what schemas say of themselves would be kept for nobody, a third of the start.
 */
import type { ZodType } from "zod";

export function extendZodWithOpenApi(zod: { ZodType: typeof ZodType }): void {
  zod.ZodType.prototype.openapi = function openapi() {
    return this;
  };
}

/**
 * zod, with `.openapi()` for what the OpenAPI document says of a schema. Imported as a namespace (`import * as z`), it
 * brings only what is used into the bundle.
 */
import { extendZodWithOpenApi } from "@asteasolutions/zod-to-openapi";
import type * as zod from "zod";
import { ZodType } from "zod";

export * from "zod";

// oxlint-disable-next-line typescript/no-unsafe-type-assertion -- it looks at this class alone; the whole namespace as a value would bring everything
extendZodWithOpenApi({ ZodType } as typeof zod);

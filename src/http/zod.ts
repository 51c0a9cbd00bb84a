/**
 * zod, with `.openapi()` for what the OpenAPI document says of a schema. Imported as a namespace (`import * as z`), it
 * brings only what is used into the bundle; `import { z }` would bring all of it, with messages in fifty languages.
 */
import { extendZodWithOpenApi } from "@asteasolutions/zod-to-openapi";
import type * as zod from "zod";
import { ZodType } from "zod";

export * from "zod";

// It looks at this class alone; the whole namespace as a value would bring everything again.
extendZodWithOpenApi({ ZodType } as typeof zod);

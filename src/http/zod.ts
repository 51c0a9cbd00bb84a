/**
 * zod, with `.openapi()` for what the OpenAPI document says of a schema. Imported as a namespace (`import * as z`), it
 * brings only what is used into the bundle.
 */
import { extendZodWithOpenApi } from "@asteasolutions/zod-to-openapi";
import type * as zod from "zod";
import { object, strictObject, ZodType, type core, type ZodExactOptional } from "zod";

export * from "zod";

// oxlint-disable-next-line typescript/no-unsafe-type-assertion -- it looks at this class alone; the whole namespace as a value would bring everything
extendZodWithOpenApi({ ZodType } as typeof zod);

/**
 * May be left out. JSON has no `undefined`, so what is left out is absent and not present with nothing in it; the type says
 * so, while the schema is a plain optional: the generator of the OpenAPI document finds out what is required by trying
 * `undefined`.
 */
export function maybe<Schema extends ZodType>(schema: Schema): ZodExactOptional<Schema>;
export function maybe(schema: ZodType): ZodType {
  return schema.optional();
}

/** An object that has a name in the document: `#/components/schemas/<name>`. */
export function component<Shape extends core.$ZodLooseShape>(name: string, shape: Shape) {
  return object(shape).openapi(name);
}

/** One that takes no other fields. */
export function strictComponent<Shape extends core.$ZodLooseShape>(name: string, shape: Shape) {
  return strictObject(shape).openapi(name);
}

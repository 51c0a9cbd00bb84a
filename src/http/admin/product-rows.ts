/** What the batches for administrators take, row by row, and the command that each row is. */
import type { Command } from "../../domain/command";
import { MAIN_LOCATION } from "../../domain/ids";
import type { Money } from "../../domain/money";
import { countShape, isCountable, NOT_COUNTABLE } from "../inventory/schemas";
import { amount, newProduct, price, productName, productPatch } from "../products/schemas";
import * as field from "../schemas/primitives";
import * as z from "../zod";

const anyPrice = z
  .maybe(z.union([price, amount], { error: "must be money, a number or a decimal text" }).nullable())
  .describe("A number or a text is in the currency of `DEFAULT_CURRENCY`.");

const ONE_QUANTITY = { path: ["available"], params: { code: "contradiction" } };

/** Not made from `NewProduct` in the document: two strict schemas that differ let nothing pass. */
export const creation = z
  .strictObject({
    ...newProduct.shape,
    name: z.maybe(productName).describe("The productId when it is left out."),
    price: anyPrice,
    initialQuantity: z.maybe(field.nonNegative).describe("0 when it is left out."),
    available: z.maybe(field.nonNegative).describe("Another word for initialQuantity."),
    locationId: field.locationId.default(MAIN_LOCATION),
    idempotencyKey: z.maybe(field.idempotencyKey),
  })
  .refine((row) => row.initialQuantity === undefined || row.available === undefined, {
    ...ONE_QUANTITY,
    error: "may not stand beside initialQuantity",
  });

export function creationCommand(row: z.output<typeof creation>, currency: string): Command {
  const { productId: _, idempotencyKey: __, initialQuantity, available, locationId, ...rest } = row;
  const initial = { locationId, quantity: initialQuantity ?? available ?? 0 };
  return { verb: "create", fields: withMoney(rest, currency), initial };
}

const settingFields = z.strictObject({
  ...productPatch.shape,
  price: anyPrice,
  ...countShape,
  newQuantity: z.maybe(countShape.newQuantity),
  available: z.maybe(field.nonNegative).describe("Counts so that so many are available there."),
  reason: field.reason.default("set by an administrator"),
  productId: field.productId,
  idempotencyKey: z.maybe(field.idempotencyKey),
});
type Setting = z.output<typeof settingFields>;

export const setting = settingFields
  .refine((row) => row.newQuantity === undefined || row.available === undefined, {
    ...ONE_QUANTITY,
    error: "may not stand beside newQuantity",
  })
  .refine((row) => isCountable({ newQuantity: 0, ...row }), NOT_COUNTABLE)
  .refine((row) => partsOf(row).count !== undefined || Object.keys(partsOf(row).patch).length > 0, {
    path: ["newQuantity"],
    params: { code: "required" },
    error: "is required without available or a catalog field",
  });

export function settingCommand(row: Setting, currency: string): Command {
  const { patch, count } = partsOf(row);
  return { verb: "set", patch: withMoney(patch, currency), ...(count && { count }) };
}

/** What is for the catalog, and what for the stock. */
function partsOf(row: Setting) {
  const { productId: _, idempotencyKey: __, version: ___, ...set } = row;
  const { newQuantity, available, adjustedBy, locationId, reason, force, ...patch } = set;
  const how = { locationId, reason, force, ...(adjustedBy !== undefined && { adjustedBy }) };
  if (newQuantity !== undefined) return { patch, count: { ...how, newQuantity } };
  return { patch, ...(available !== undefined && { count: { ...how, available } }) };
}

function withMoney<Row extends { price?: Money | string | null }>(row: Row, currency: string) {
  const { price, ...rest } = row;
  if (price === undefined) return rest;
  return { ...rest, price: typeof price === "string" ? { amount: price, currency } : price };
}

export const deletion = z.strictObject({
  productId: field.productId,
  force: z.boolean().default(false),
  reason: z.maybe(field.reason),
  version: z.maybe(field.version),
  idempotencyKey: z.maybe(field.idempotencyKey),
});
type Deletion = z.output<typeof deletion>;

export const deletionById = field.productId.transform((id): Deletion => ({ productId: id, force: false }));

export function deletionCommand(row: Deletion): Command {
  const { productId: _, idempotencyKey: __, version: ___, ...how } = row;
  return { verb: "delete", ...how };
}

/** Lists show what it does: it is answered when the book has it. */
export function changesCatalog(command: Command): boolean {
  if (command.verb === "set") return Object.keys(command.patch).length > 0;
  return command.verb === "create" || command.verb === "delete";
}

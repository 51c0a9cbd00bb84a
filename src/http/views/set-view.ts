/** A set in the form that collectors' clients expect: its names, and its prices as numbers. */
import { AVAILABILITIES } from "../../domain/product";
import * as z from "../zod";
import { currentPrice, numberIn, textIn, type ShownProduct } from "./shown-product";

const PRICE = "null while nobody has said.";

export const setView = z
  .object({
    set_id: z
      .string()
      .describe(
        "The number as it was asked for: `75192` leads to the product `75192-1` where no set is called `75192`, and asked " +
          "again leads there again.",
      )
      .openapi({ example: "75192" }),
    name: z.string(),
    pieces: z.number().nullable().describe("The attribute `pieces`; null where it is not known."),
    theme: z.string().nullable(),
    year: z.number().nullable(),
    availability: z.enum(AVAILABILITIES),
    price: z.object({
      msrp: z.number().nullable().describe(`The catalog's price. ${PRICE}`),
      current: z
        .number()
        .nullable()
        .describe(
          `The market's price while it is fresh and in the same currency, else the catalog's. ${PRICE}`,
        ),
      currency: z.string().nullable(),
    }),
  })
  .openapi("SetView");

export function setViewOf(setId: string, product: ShownProduct): z.output<typeof setView> {
  const { name, attributes, availability, price } = product;
  const current = currentPrice(product);
  return {
    set_id: setId,
    name,
    pieces: numberIn(attributes["pieces"]),
    theme: textIn(attributes["theme"]),
    year: numberIn(attributes["year"]),
    availability,
    price: {
      msrp: price && Number(price.amount),
      current: current && Number(current.amount),
      currency: current?.currency ?? null,
    },
  };
}

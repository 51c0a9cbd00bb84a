/**
 * Products by the ten thousand: those of Rebrickable's sets.csv, which is not part of the project, or generated ones. These
 * are as many, with names as long and as alike: few words that many have, many words that few have.
 */
import { z } from "zod";
import { ndjson, type Upload } from "../scripts/import-call.ts";
import { readProductFile, themesBeside } from "../scripts/product-file.ts";

export const SETS = 25_533;

export type CatalogProduct = z.infer<typeof product>;
const product = z.looseObject({ productId: z.string(), name: z.string() });

export interface Catalog {
  /** Where it is from, for the report. */
  origin: string;
  products: CatalogProduct[];
}

/** `file`: a sets.csv, with its themes.csv beside it, or NDJSON. */
export function readCatalog(file: string | undefined): Catalog {
  if (file === undefined) return { origin: "a generated catalog", products: generateSets(SETS) };
  const { body } = readProductFile(file, themesBeside(file));
  const lines = body.split("\n").filter((line) => line !== "");
  return { origin: "sets.csv", products: lines.map((line) => product.parse(JSON.parse(line))) };
}

export function uploadOf(products: CatalogProduct[]): Upload & { rows: number } {
  return { ...ndjson(products), rows: products.length };
}

const KNOWN_WORDS =
  `the set and pack with of key city chain bag star box bricks wars friends truck building minifigure super car
  fire brick case red police light collection train mini space blue basic kit house battle dragon world castle pirates falcon
  millennium destroyer x-wing fighter technic crane tower ship knight robot racer`.split(/\s+/);
const THEMES = [
  "Star Wars",
  "Technic",
  "Friends",
  "City",
  "Castle",
  "Pirates",
  "Space",
  "Town",
  "Trains",
  "Racers",
];
const SUBTHEMES = ["Ultimate Collector Series", "Supplemental", "Police", "Fire", "Promotional", "Mini"];
const SYLLABLES = "ba ce di fo gu ha jo ka lu me no pi ra se ti vo xa zu bri cro dra fle gru".split(" ");
const RARE_WORDS = 9000;
const MOST_WORDS = 7;

/** The same each time. `from`: the number of the first. */
export function generateSets(count: number, from = 0): CatalogProduct[] {
  return Array.from({ length: count }, (_, index) => generatedSet(from + index));
}

function generatedSet(n: number): CatalogProduct {
  const chance = randomOf(n);
  // Two to four words for most.
  const length = 1 + Math.floor((chance() + chance()) * 0.5 * MOST_WORDS);
  const words = Array.from({ length }, () => word(chance()));
  const name = words.map((one) => one.charAt(0).toUpperCase() + one.slice(1)).join(" ");
  const productId = `${1000 + n}-1`;
  const subtheme = SUBTHEMES[Math.floor(chance() * SUBTHEMES.length * 2)];
  return {
    productId,
    kind: "set",
    name,
    imageUrl: `https://images.example.com/media/sets/${productId}.jpg`,
    attributes: {
      theme: THEMES[Math.floor(chance() ** 2 * THEMES.length)],
      ...(subtheme && { subtheme }),
      year: 1950 + Math.floor(Math.sqrt(chance()) * 76),
      pieces: Math.floor(chance() ** 3 * 5000),
    },
    source: { name: "generated", externalId: productId },
  };
}

/** Half of all are among the words that everybody knows, the first of them most often. */
function word(chance: number): string {
  if (chance < 0.5) return KNOWN_WORDS[Math.floor((chance * 2) ** 2 * KNOWN_WORDS.length)] ?? "";
  const random = randomOf(Math.floor((chance - 0.5) * 2 * RARE_WORDS));
  const length = 2 + Math.floor(random() * 3);
  return Array.from({ length }, () => SYLLABLES[Math.floor(random() * SYLLABLES.length)]).join("");
}

/** Numbers from 0 up to 1 (mulberry32): the same for the same seed. */
function randomOf(seed: number): () => number {
  let state = Math.imul(seed + 1, 0x9e37_79b1);
  return () => {
    state = (state + 0x6d2b_79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

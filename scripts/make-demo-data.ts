/**
 * Makes data/demo-sets.ndjson: npx node scripts/make-demo-data.ts SETS THEMES MSRP > data/demo-sets.ndjson
 * SETS and THEMES are Rebrickable's sets.csv and themes.csv, MSRP the list prices of the data package `lego`.
 * The choice: of every theme the largest set of each five years, of the best-known themes the three largest.
 */
import { readFileSync } from "node:fs";
import { ndjson } from "./import-call.ts";
import { parseCsv, readThemes, setToProduct, type CsvRow, type SetProduct } from "./rebrickable.ts";

const YEARS_PER_PERIOD = 5;
const MIN_PIECES = 20;
const SETS_PER_PERIOD = 1;
const SETS_PER_PERIOD_WELL_KNOWN = 3;
const MINIMUM_STOCK_LEVEL = 5;

const WELL_KNOWN_THEMES = new Set([
  "Architecture",
  "Castle",
  "City",
  "Creator",
  "Harry Potter",
  "LEGO Ideas and CUUSOO",
  "Modular Buildings",
  "Ninjago",
  "Pirates",
  "Space",
  "Star Wars",
  "Super Heroes DC",
  "Super Heroes Marvel",
  "Technic",
  "The Hobbit and Lord of the Rings",
  "Town",
  "Train",
]);

/** Spare parts, merchandise and assortments: nothing a shopper would know by name. */
const LEFT_OUT_THEMES = new Set([
  "Bulk Bricks",
  "Clikits",
  "Collectible Minifigures",
  "Educational and Dacta",
  "Games",
  "Gear",
  "LEGO Brand Store",
  "Other",
  "Power Functions",
  "Primo",
  "Promotional",
  "Seasonal",
  "Service Packs",
  "Sports",
  "Value Packs",
]);

/** Sets younger than the price list, with their list price when they came out. */
const LATER_PRICES = new Map([["75192-1", "799.99"]]);

type DemoProduct = SetProduct & { price: { amount: string; currency: "USD" } };

const [setsFile, themesFile, msrpFile] = process.argv.slice(2);
if (!setsFile || !themesFile || !msrpFile) {
  console.error("usage: npx node scripts/make-demo-data.ts SETS THEMES MSRP > data/demo-sets.ndjson");
  process.exit(2);
}

const themes = readThemes(readFileSync(themesFile, "utf8"));
const listedById = new Map(
  parseCsv(readFileSync(msrpFile, "utf8")).map((row) => [`${row["Item_Number"]}-1`, row]),
);

const candidates = parseCsv(readFileSync(setsFile, "utf8")).flatMap(demoProduct);
process.stdout.write(ndjson(choose(candidates)).body);

/** A set with its list price; none where it has no price or is left out. */
function demoProduct(row: CsvRow): DemoProduct[] {
  const amount =
    LATER_PRICES.get(row["set_num"] ?? "") ?? listPrice(row, listedById.get(row["set_num"] ?? ""));
  if (amount === undefined) return [];
  const product = setToProduct(row, themes);
  const { theme, subtheme, pieces } = product.attributes;
  if (pieces < MIN_PIECES || LEFT_OUT_THEMES.has(theme) || theme.startsWith("Theme ")) return [];
  const tags = subtheme === "Ultimate Collector Series" ? ["ucs"] : [];
  const price = { amount, currency: "USD" as const };
  return [Object.assign(product, { tags, price, minimumStockLevel: MINIMUM_STOCK_LEVEL })];
}

/** The two lists are joined by number alone, so a row counts only where year and size agree as well. */
function listPrice(row: CsvRow, listed: CsvRow | undefined): string | undefined {
  const price = Number(listed?.["USD_MSRP"]);
  if (!listed || !(price > 0)) return undefined;
  const pieces = Number(row["num_parts"]);
  const sameYear = Math.abs(Number(listed["Year"]) - Number(row["year"])) <= 1;
  const sameSize = Math.abs(Number(listed["Pieces"]) - pieces) <= 0.1 * pieces;
  return sameYear && sameSize ? price.toFixed(2) : undefined;
}

function choose(products: DemoProduct[]): DemoProduct[] {
  const groups = Map.groupBy(products, ({ attributes: { theme, year } }) =>
    [theme, Math.floor(year / YEARS_PER_PERIOD)].join(" "),
  );
  const chosen = [...groups.values()].flatMap((group) => {
    const wellKnown = WELL_KNOWN_THEMES.has(group[0]?.attributes.theme ?? "");
    return group
      .toSorted((a, b) => b.attributes.pieces - a.attributes.pieces)
      .slice(0, wellKnown ? SETS_PER_PERIOD_WELL_KNOWN : SETS_PER_PERIOD);
  });
  return chosen.toSorted(
    (a, b) => b.attributes.year - a.attributes.year || ((a.productId ?? "") < (b.productId ?? "") ? -1 : 1),
  );
}

/**
 * Makes data/demo-sets.ndjson: node scripts/make-demo-data.mjs SETS THEMES MSRP > data/demo-sets.ndjson
 * SETS and THEMES are Rebrickable's sets.csv and themes.csv, MSRP the list prices of the data package `lego`.
 * The choice: of every theme the largest set of each five years, of the best-known themes the three largest.
 */
import { readFileSync } from "node:fs";
import { parseCsv, readThemes, setToProduct } from "./rebrickable.mjs";

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

const [setsFile, themesFile, msrpFile] = process.argv.slice(2);
if (!setsFile || !themesFile || !msrpFile) {
  console.error("usage: node scripts/make-demo-data.mjs SETS THEMES MSRP > data/demo-sets.ndjson");
  process.exit(2);
}

const themes = readThemes(readFileSync(themesFile, "utf8"));
const listedById = new Map(
  parseCsv(readFileSync(msrpFile, "utf8")).map((row) => [`${row.Item_Number}-1`, row]),
);

const candidates = [];
for (const row of parseCsv(readFileSync(setsFile, "utf8"))) {
  const amount = LATER_PRICES.get(row.set_num) ?? listPrice(row, listedById.get(row.set_num));
  if (amount === null) continue;
  const product = setToProduct(row, themes);
  const { theme, subtheme, year, pieces } = product.attributes;
  if (pieces < MIN_PIECES || LEFT_OUT_THEMES.has(theme) || theme.startsWith("Theme ")) continue;
  candidates.push({
    ...product,
    tags: subtheme === "Ultimate Collector Series" ? ["ucs"] : [],
    price: { amount, currency: "USD" },
    minimumStockLevel: MINIMUM_STOCK_LEVEL,
    group: `${theme} ${Math.floor(year / YEARS_PER_PERIOD)}`,
  });
}

for (const product of choose(candidates)) {
  delete product.group;
  process.stdout.write(`${JSON.stringify(product)}\n`);
}

/** The two lists are joined by number alone, so a row counts only where year and size agree as well. */
function listPrice(row, listed) {
  if (!listed || listed.USD_MSRP === "NA" || !(Number(listed.USD_MSRP) > 0)) return null;
  const sameYear = Math.abs(Number(listed.Year) - Number(row.year)) <= 1;
  const sameSize = Math.abs(Number(listed.Pieces) - Number(row.num_parts)) <= 0.1 * Number(row.num_parts);
  return sameYear && sameSize ? Number(listed.USD_MSRP).toFixed(2) : null;
}

function choose(products) {
  const chosen = [];
  for (const group of Map.groupBy(products, (product) => product.group).values()) {
    group.sort((a, b) => b.attributes.pieces - a.attributes.pieces);
    const wellKnown = WELL_KNOWN_THEMES.has(group[0].attributes.theme);
    chosen.push(...group.slice(0, wellKnown ? SETS_PER_PERIOD_WELL_KNOWN : SETS_PER_PERIOD));
  }
  return chosen.toSorted(
    (a, b) => b.attributes.year - a.attributes.year || (a.productId < b.productId ? -1 : 1),
  );
}

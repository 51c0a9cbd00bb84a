/** Rebrickable's download files (sets.csv, themes.csv) as products. Pure: text in, plain objects out. */
import Papa from "papaparse";

/** A row by the names of the header; a cell that a short row lacks is missing. */
export type CsvRow = Partial<Record<string, string>>;

interface ThemeNames {
  theme: string;
  subtheme: string | null;
}

export type ThemeLookup = (themeId: string | undefined) => ThemeNames;

/** A product as the import route takes it. */
export interface SetProduct {
  productId: string | undefined;
  kind: "set";
  name: string | undefined;
  imageUrl: string | null;
  attributes: { theme: string; subtheme?: string; year: number; pieces: number };
  source: { name: "rebrickable"; externalId: string | undefined };
}

const SET_COLUMNS = ["set_num", "name", "year", "theme_id", "num_parts", "img_url"];

export function parseCsv(csv: string): CsvRow[] {
  return Papa.parse<CsvRow>(csv, { header: true, skipEmptyLines: true }).data;
}

/** True of the first line of a file like sets.csv. */
export function isSetsHeader(firstLine: string): boolean {
  const columns = new Set(Papa.parse<string[]>(firstLine).data[0]);
  return SET_COLUMNS.every((column) => columns.has(column));
}

/**
 * Themes are a tree. The root is what people call the theme ("Star Wars"), the leaf its subtheme ("Ultimate
 * Collector Series"). Sets run ahead of the themes file: an unknown id stays findable as "Theme 761".
 * Columns: id, theme or name, parent_id (which may be written as a float, "1.0").
 */
export function readThemes(themesCsv: string): ThemeLookup {
  const rowById = new Map(parseCsv(themesCsv).map((row) => [row["id"], row]));
  const nameOf = (row: CsvRow) => row["theme"] ?? row["name"] ?? `Theme ${row["id"]}`;
  return (themeId) => {
    const leaf = rowById.get(themeId);
    if (!leaf) return { theme: `Theme ${themeId}`, subtheme: null };
    let root = leaf;
    const seen = new Set([leaf]);
    while (root["parent_id"]) {
      const parent = rowById.get(String(Number(root["parent_id"])));
      if (!parent || seen.has(parent)) break;
      seen.add(parent);
      root = parent;
    }
    return { theme: nameOf(root), subtheme: root === leaf ? null : nameOf(leaf) };
  };
}

/** A number that is none becomes null in JSON, so that the server refuses that row, not we the file. */
export function setToProduct(row: CsvRow, themes: ThemeLookup): SetProduct {
  const { theme, subtheme } = themes(row["theme_id"]);
  return {
    productId: row["set_num"],
    kind: "set",
    name: row["name"],
    imageUrl: row["img_url"] || null,
    attributes: {
      theme,
      ...(subtheme === null ? {} : { subtheme }),
      year: wholeNumber(row["year"]),
      pieces: wholeNumber(row["num_parts"]),
    },
    source: { name: "rebrickable", externalId: row["set_num"] },
  };
}

function wholeNumber(text = ""): number {
  return /^\d+$/.test(text) ? Number(text) : Number.NaN;
}

/** Rebrickable's download files (sets.csv, themes.csv) as products. Pure: text in, plain objects out. */
import Papa from "papaparse";
import { themeNames, type ThemeNames } from "../src/sources/themes.ts";

/** A row by the names of the header; a cell that a short row lacks is missing. */
export type CsvRow = Partial<Record<string, string>>;

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

/** Columns: id, theme or name, parent_id (which may be written as a float, "1.0"). */
export function readThemes(themesCsv: string): ThemeLookup {
  const themeById = new Map(
    parseCsv(themesCsv).map((row) => {
      const name = row["theme"] ?? row["name"] ?? `Theme ${row["id"]}`;
      const parentId = row["parent_id"] ? String(Number(row["parent_id"])) : null;
      return [row["id"] ?? "", { name, parentId }];
    }),
  );
  return (themeId) => themeNames(themeById, themeId ?? "");
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

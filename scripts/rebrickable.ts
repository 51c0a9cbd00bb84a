/** Rebrickable's download files (sets.csv, themes.csv) as products. Pure: text in, plain objects out. */
import Papa from "papaparse";

/**
 * @typedef {Record<string, string>} SetRow set_num, name, year, theme_id, num_parts, img_url
 * @typedef {{ theme: string, subtheme: string | null }} ThemeNames
 * @typedef {(themeId: string) => ThemeNames} ThemeLookup
 */

const SET_COLUMNS = ["set_num", "name", "year", "theme_id", "num_parts", "img_url"];

/** @param {string} csv @returns {Record<string, string>[]} one object per row, by the names of the header */
export function parseCsv(csv) {
  return Papa.parse(csv, { header: true, skipEmptyLines: true }).data;
}

/** @param {string} firstLine of a file; true if it heads a file like sets.csv */
export function isSetsHeader(firstLine) {
  const columns = new Set(Papa.parse(firstLine.replace(/^\uFEFF/, "")).data[0] ?? []);
  return SET_COLUMNS.every((column) => columns.has(column));
}

/**
 * Themes are a tree. The root is what people call the theme ("Star Wars"), the leaf its subtheme ("Ultimate
 * Collector Series"). Sets run ahead of the themes file: an unknown id stays findable as "Theme 761".
 * @param {string} themesCsv columns id, theme or name, parent_id (which may be written as a float, "1.0")
 * @returns {ThemeLookup}
 */
export function readThemes(themesCsv) {
  const rowById = new Map(parseCsv(themesCsv).map((row) => [row.id, row]));
  const nameOf = (row) => row.theme ?? row.name;
  return (themeId) => {
    const leaf = rowById.get(themeId);
    if (!leaf) return { theme: `Theme ${themeId}`, subtheme: null };
    let root = leaf;
    const seen = new Set([leaf]);
    while (root.parent_id) {
      const parent = rowById.get(String(Number(root.parent_id)));
      if (!parent || seen.has(parent)) break;
      seen.add(parent);
      root = parent;
    }
    return { theme: nameOf(root), subtheme: root === leaf ? null : nameOf(leaf) };
  };
}

/**
 * A number that is none becomes null in JSON, so that the server refuses that row, not we the file.
 * @param {SetRow} row
 * @param {ThemeLookup} themes
 * @returns {Record<string, any>} a product as the import route takes it
 */
export function setToProduct(row, themes) {
  const { theme, subtheme } = themes(row.theme_id);
  return {
    productId: row.set_num,
    kind: "set",
    name: row.name,
    imageUrl: row.img_url || null,
    attributes: {
      theme,
      ...(subtheme === null ? {} : { subtheme }),
      year: wholeNumber(row.year),
      pieces: wholeNumber(row.num_parts),
    },
    source: { name: "rebrickable", externalId: row.set_num },
  };
}

function wholeNumber(text) {
  return /^\d+$/.test(text ?? "") ? Number(text) : Number.NaN;
}

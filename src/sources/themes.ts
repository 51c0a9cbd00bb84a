/**
 * Themes are a tree. The root is what people call the theme ("Star Wars"), the leaf its subtheme ("Ultimate Collector Series").
 * It imports nothing, so that scripts can use it as it is.
 */

export interface Theme {
  name: string;
  parentId: string | null;
}

export interface ThemeNames {
  theme: string;
  subtheme: string | null;
}

/** Sets run ahead of the themes: an unknown id stays findable as "Theme 761". */
export function themeNames(themeById: ReadonlyMap<string, Theme>, themeId: string): ThemeNames {
  const leaf = themeById.get(themeId);
  if (!leaf) return { theme: `Theme ${themeId}`, subtheme: null };
  let root = leaf;
  const seen = new Set([leaf]);
  while (root.parentId !== null) {
    const parent = themeById.get(root.parentId);
    if (!parent || seen.has(parent)) break;
    seen.add(parent);
    root = parent;
  }
  return { theme: root.name, subtheme: root === leaf ? null : leaf.name };
}

/** Light, dark, or as the system has it. Kept for this browser. */
import { effect, signal } from "@preact/signals";

export const THEMES = ["system", "light", "dark"] as const;
export type Theme = (typeof THEMES)[number];

const STORED_AS = "holdfast.theme";

function stored(): Theme {
  try {
    return THEMES.find((one) => one === localStorage.getItem(STORED_AS)) ?? "system";
  } catch {
    return "system";
  }
}

export const theme = signal<Theme>(stored());

effect(() => {
  const { value } = theme;
  if (value === "system") delete document.documentElement.dataset["theme"];
  else document.documentElement.dataset["theme"] = value;
  try {
    localStorage.setItem(STORED_AS, value);
  } catch {
    // It holds for this page, then.
  }
});

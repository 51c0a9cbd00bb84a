/** Numbers, money and times as they are shown. English, as the whole console is: the reader's locale decides nothing. */

const MINUS = "\u2212";
const grouped = new Intl.NumberFormat("en-US");

/** `1,234`, with a real minus sign. */
export function shownNumber(value: number): string {
  return grouped.format(value).replace("-", MINUS);
}

/** A change: `+40`, `−4`, `0`. */
export function shownChange(value: number): string {
  return value > 0 ? `+${shownNumber(value)}` : shownNumber(value);
}

export interface Money {
  amount: string;
  currency: string;
}

/** `$799.99`; a currency that nobody knows stands behind: `12.5 DOGE`. Digits that are there are all shown. */
export function shownMoney({ amount, currency }: Money): string {
  const places = amount.split(".")[1]?.length ?? 0;
  if (!/^[A-Z]{3}$/.test(currency) || places > 20) return `${amount} ${currency}`;
  const digits = { minimumFractionDigits: Math.max(2, places), maximumFractionDigits: Math.max(2, places) };
  const format = new Intl.NumberFormat("en-US", { style: "currency", currency, ...digits });
  return format.format(Number(amount)).replace("-", MINUS);
}

/** One unit, 2 units. */
export function shownCount(count: number, unit: string, units = `${unit}s`): string {
  return `${shownNumber(count)} ${count === 1 ? unit : units}`;
}

const AGES: [seconds: number, unit: string][] = [
  [86_400, "d"],
  [3600, "h"],
  [60, "min"],
  [1, "s"],
];

/** How long ago, in its largest unit: `2 min`. Under ten seconds: `now`. */
export function shownAge(ms: number): string {
  const seconds = Math.floor(ms / 1000);
  if (seconds < 10) return "now";
  const [size, unit] = AGES.find(([size]) => seconds >= size) ?? [1, "s"];
  return `${Math.floor(seconds / size)} ${unit}`;
}

/** In a sentence: `2 min ago`, `just now`. */
export function shownAgo(ms: number): string {
  const age = shownAge(ms);
  return age === "now" ? "just now" : `${age} ago`;
}

/** What is left: `14:27`, `1:02:05`, `3 d 4 h`; to the nearest second, as clocks agree no better. */
export function shownLeft(ms: number): string {
  const seconds = Math.max(0, Math.round(ms / 1000));
  const [days, hours] = [Math.floor(seconds / 86_400), Math.floor((seconds % 86_400) / 3600)];
  if (days > 0) return `${days} d ${hours} h`;
  const [minutes, rest] = [Math.floor((seconds % 3600) / 60), String(seconds % 60).padStart(2, "0")];
  return hours > 0 ? `${hours}:${String(minutes).padStart(2, "0")}:${rest}` : `${minutes}:${rest}`;
}

const clock = new Intl.DateTimeFormat("en-GB", { hour: "2-digit", minute: "2-digit" });
const day = new Intl.DateTimeFormat("en-GB", { day: "numeric", month: "short" });
const whole = new Intl.DateTimeFormat("en-GB", { dateStyle: "medium", timeStyle: "medium" });

/** `14:02`. */
export function shownClock(ms: number): string {
  return clock.format(ms);
}

/** `3 Mar`. */
export function shownDay(ms: number): string {
  return day.format(ms);
}

/** The full time, as a title. */
export function shownTime(ms: number): string {
  return whole.format(ms);
}

/** Two letters for a tile without a picture. */
export function initials(name: string): string {
  const letters = name.normalize("NFC").match(/[\p{L}\p{N}]/gu) ?? ["?"];
  return `${letters[0]?.toUpperCase() ?? ""}${letters[1]?.toLowerCase() ?? ""}`;
}

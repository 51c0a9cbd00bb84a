/** Numbers and times as people read them. Amounts stay the exact decimals that they are. */
import type { Money } from "../../domain/money";
import type { Availability } from "../../domain/product";

const SYMBOLS: Record<string, string> = { USD: "$", EUR: "€", GBP: "£" };

/** `7541` as `7,541`. Takes plain decimals. */
export function grouped(decimal: string | number): string {
  const [whole = "", fraction] = String(decimal).split(".");
  const groups = whole.replace(/\B(?=(?:\d{3})+$)/g, ",");
  return fraction === undefined ? groups : `${groups}.${fraction}`;
}

export function moneyText({ amount, currency }: Money): string {
  const symbol = SYMBOLS[currency];
  return symbol === undefined ? `${grouped(amount)} ${currency}` : `${symbol}${grouped(amount)}`;
}

/** Of an amount so large that nobody reads its fraction. */
export function wholeText(amount: string | null, currency: string): string {
  return amount === null ? "Unknown" : moneyText({ amount: amount.replace(/\..*/, ""), currency });
}

/** With its sign: a real minus, so that it is as wide as a plus. */
export function percentText(percent: string): string {
  const number = Number(percent);
  const digits = `${Math.abs(number).toFixed(2)} %`;
  if (number === 0) return digits;
  return number < 0 ? `−${digits}` : `+${digits}`;
}

const STEPS = [
  { name: "day", seconds: 86_400 },
  { name: "hour", seconds: 3600 },
  { name: "minute", seconds: 60 },
];

export function ageText(atMs: number, nowMs: number): string {
  const seconds = Math.max(0, Math.floor((nowMs - atMs) / 1000));
  const step = STEPS.find((candidate) => seconds >= candidate.seconds);
  if (!step) return "less than a minute ago";
  const count = Math.floor(seconds / step.seconds);
  return `${grouped(count)} ${step.name}${count === 1 ? "" : "s"} ago`;
}

/** `2026-01-31 12:00 UTC`, of the wire's form of a time. */
export function timeText(iso: string): string {
  return `${iso.slice(0, 10)} ${iso.slice(11, 16)} UTC`;
}

export const AVAILABILITY_TEXT: Record<Availability, string> = {
  in_stock: "In stock",
  low_stock: "Few left",
  out_of_stock: "Out of stock",
  backorder: "To order",
  unavailable: "Not for sale",
};

const DIRECTIONS = /[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/g;

/** For a place that cannot be isolated from its neighbours, such as a page's title. */
export function withoutDirections(text: string): string {
  return text.replaceAll(DIRECTIONS, "");
}

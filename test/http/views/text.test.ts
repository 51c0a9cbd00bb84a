import { describe, expect, it } from "vitest";
import {
  ageText,
  grouped,
  moneyText,
  percentText,
  timeText,
  wholeText,
  withoutDirections,
} from "../../../src/http/views/text";

describe("text on pages", () => {
  it.each([
    ["1234567.5", "1,234,567.5"],
    ["0.000000123456", "0.000000123456"],
    [999, "999"],
    [1000, "1,000"],
    ["-1234", "-1,234"],
  ])("groups %s as %s", (given, wanted) => {
    expect(grouped(given)).toBe(wanted);
  });

  it("says money in its currency, exactly", () => {
    expect(moneyText({ amount: "1799.90", currency: "USD" })).toBe("$1,799.90");
    expect(moneyText({ amount: "1799.90", currency: "USDT" })).toBe("1,799.90 USDT");
    expect(wholeText("1234.99", "EUR")).toBe("€1,234");
    expect(wholeText(null, "EUR")).toBe("Unknown");
  });

  it.each([
    ["1.005", "+1.00 %"],
    ["-12", "−12.00 %"],
    ["0", "0.00 %"],
  ])("says %s percent as %s", (given, wanted) => {
    expect(percentText(given)).toBe(wanted);
  });

  it.each([
    [59, "less than a minute ago"],
    [-5, "less than a minute ago"],
    [60, "1 minute ago"],
    [7199, "1 hour ago"],
    [2 * 86_400, "2 days ago"],
  ])("says %s seconds as %s", (seconds, wanted) => {
    expect(ageText(1_000_000_000, 1_000_000_000 + seconds * 1000)).toBe(wanted);
  });

  it("says times to the minute", () => {
    expect(timeText("2026-01-31T12:34:56.789Z")).toBe("2026-01-31 12:34 UTC");
  });

  it("takes out what turns the letters after it around", () => {
    expect(withoutDirections("a\u202Eb\u2066c\u200F")).toBe("abc");
  });
});

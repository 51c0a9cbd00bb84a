/**
 * npx node scripts/retail/make-excerpt.ts 2010-12.csv > data/retail-excerpt.csv
 * Whole invoices, chosen so that every odd kind of line occurs; their lines unchanged and in the file's
 * order.
 */
import { readFileSync } from "node:fs";

const INVOICES = new Set(
  [
    // Sales that the cancellations below give back, of the same customer or of another.
    ["536365", "536366", "536374", "536382", "536387", "536397", "536405", "536537"],
    ["C536543", "C536606", "C536622", "C536625", "C536734", "C536737", "C536826", "C537656"],
    // Cancellations that take from several sales, of others or of the same customer.
    ["536739", "536761", "C536827", "537671", "538795", "C539568"],
    // Cancellations with nothing before them, and of more than there is.
    ["C536548", "C536757"],
    // More than 50 lines: several orders. Lines that stand twice.
    ["536528", "536559", "538656"],
    // Codes that differ in case alone: 72803b and 72803B, 84970s and 84970S.
    ["536866", "537878", "539746", "536604", "538526"],
    // Goods at price 0: given along with others, or billed as one sum.
    ["537197", "537534"],
    // Written off and found, with remarks and without.
    ["536863", "537432", "538072", "538837", "539611", "537009", "538143"],
    // Postage, carriage, discounts, fees, samples.
    ["536403", "537963", "C536379", "536779", "C537581", "537632", "C537600", "538685"],
  ].flat(),
);

const [file] = process.argv.slice(2);
if (!file) throw new Error("usage: npx node scripts/retail/make-excerpt.ts 2010-12.csv");
const [head, ...lines] = readFileSync(file, "utf8").trimEnd().split(/\r?\n/);
const chosen = lines.filter((line) => INVOICES.has(line.slice(0, line.indexOf(","))));
process.stdout.write(`${[head, ...chosen].join("\n")}\n`);

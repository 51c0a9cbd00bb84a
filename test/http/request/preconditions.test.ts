import { describe, expect, it } from "vitest";
import { expectedVersion, hasVersion, ifMatchVersions } from "../../../src/http/request/preconditions";
import { ProblemError } from "../../../src/http/problem";

const ifMatch = (value?: string) => new Headers(value === undefined ? {} : { "If-Match": value });

describe("If-Match", () => {
  it.each([
    ['"17"', [17]],
    ['W/"17"', [17]],
    [' "0" ', [0]],
    ['"5", "17" ,W/"6"', [17, 6, 5]],
    ['"5",, "6",', [6, 5]],
    ["*", []],
    [undefined, []],
  ])("%s says the versions %j, the highest first", (value, versions) => {
    expect(ifMatchVersions(ifMatch(value))).toEqual(versions);
  });

  it.each([
    "17",
    '"',
    '""',
    '"x"',
    '"-1"',
    '"1.5"',
    '"1" "2"',
    '"1", *',
    ",",
    "",
    "w/17",
    '"1234567890123456"',
  ])("%j is malformed", (value) => {
    expect(() => ifMatchVersions(ifMatch(value))).toThrow(ProblemError);
  });
});

describe("the version the caller saw", () => {
  it.each([
    { header: undefined, body: undefined, expected: undefined },
    { header: "*", body: undefined, expected: undefined },
    { header: '"6"', body: undefined, expected: { version: 6, via: "header" } },
    { header: undefined, body: 6, expected: { version: 6, via: "body" } },
    { header: "*", body: 6, expected: { version: 6, via: "body" } },
    { header: '"6"', body: 6, expected: { version: 6, via: "header" } },
    { header: '"6", "9"', body: undefined, expected: { version: 9, others: [6], via: "header" } },
    { header: '"6", "9"', body: 6, expected: { version: 6, via: "header" } },
    { header: '"6", "9"', body: 9, expected: { version: 9, via: "header" } },
  ])("is $expected with If-Match $header and $body in the body", ({ header, body, expected }) => {
    expect(expectedVersion(ifMatch(header), body)).toEqual(expected);
  });

  it("is refused when header and body disagree", () => {
    expect(() => expectedVersion(ifMatch('"6"'), 7)).toThrow(/body\.version/);
    expect(() => expectedVersion(ifMatch('"6", "8"'), 7)).toThrow(/body\.version/);
  });
});

describe("If-None-Match", () => {
  it.each([
    ['"17"', true],
    ['W/"17"', true],
    ['"16", "17"', true],
    ["*", true],
    ['"16"', false],
    ['"170"', false],
    ["17", false],
  ])("%s matches version 17: %s", (value, matches) => {
    expect(hasVersion(new Headers({ "If-None-Match": value }), 17)).toBe(matches);
  });

  it("does not match when it is not there", () => {
    expect(hasVersion(new Headers(), 17)).toBe(false);
  });
});

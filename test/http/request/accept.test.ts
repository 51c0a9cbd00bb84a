import { describe, expect, it } from "vitest";
import { negotiate } from "../../../src/http/request/accept";
import { ProblemError } from "../../../src/http/problem";

describe("what the caller takes", () => {
  it.each([
    [null, "application/json"],
    ["", "application/json"],
    ["*/*", "application/json"],
    ["application/json", "application/json"],
    ["APPLICATION/JSON; charset=utf-8", "application/json"],
    ["application/*", "application/json"],
    ["text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8", "application/json"],
    ["text/csv", "text/csv"],
    ["text/csv, application/json;q=0.5", "text/csv"],
    ["text/csv;q=0.5, application/json", "application/json"],
    ["text/*", "text/csv"],
    ["application/json;q=0, */*", "text/csv"],
    ["text/csv, application/json", "application/json"],
  ])("%s is answered with %s", (accept, type) => {
    expect(negotiate(accept, ["application/json", "text/csv"])).toBe(type);
  });

  it.each(["text/html", "application/json;q=0", "*/*;q=0", "application/problem+json", "junk"])(
    "%s is 406",
    (accept) => {
      expect(() => negotiate(accept, ["application/json"])).toThrow(ProblemError);
    },
  );
});

import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { MAX_IMPORT_BYTES, MAX_IMPORT_ROW_BYTES } from "../../../../src/limits";
import {
  csvCutter,
  lineCutter,
  recordsOf,
  type Cutter,
  type RecordText,
} from "../../../../src/http/products/file/records";
import { ProblemError } from "../../../../src/http/problem";

function streamOf(bytes: Uint8Array, chunkBytes: number): ReadableStream<Uint8Array> {
  let at = 0;
  return new ReadableStream({
    pull(controller) {
      if (at >= bytes.length) return controller.close();
      controller.enqueue(bytes.slice(at, at + chunkBytes));
      at += chunkBytes;
    },
  });
}

async function cut(file: string | Uint8Array, cutter: Cutter, chunkBytes = 7): Promise<RecordText[]> {
  const bytes = typeof file === "string" ? new TextEncoder().encode(file) : file;
  const records: RecordText[] = [];
  for await (const record of recordsOf(streamOf(bytes, chunkBytes), cutter)) records.push(record);
  return records;
}

const texts = (...lines: string[]) => lines.map((text) => ({ text }));

describe("lines", () => {
  it("end with a line feed, the last also without, and blank ones are none", async () => {
    expect(await cut("one\ntwo\r\n\nfour", lineCutter())).toEqual(texts("one", "two", "four"));
    expect(await cut("one\n", lineCutter())).toEqual(texts("one"));
    expect(await cut("", lineCutter())).toEqual([]);
  });

  it("with only spaces and tabs are none, wherever the chunks end; spaces before something stay", async () => {
    const file = " \n\t \n\r\n  a\n   \n\n b \n \t";
    for (const chunkBytes of [1, 2, 3, 100]) {
      expect(await cut(file, lineCutter(), chunkBytes)).toEqual(texts("  a", " b "));
      expect(await cut(file, csvCutter(), chunkBytes)).toEqual(texts("  a", " b "));
    }
  });

  it("are cut the same wherever the chunks end", async () => {
    const line = fc
      .string({ unit: "grapheme" })
      .filter((text) => text.trim() !== "" && !/[\r\n\ufeff]/.test(text));
    const file = fc.array(line, { minLength: 1 });
    await fc.assert(
      fc.asyncProperty(file, fc.integer({ min: 1, max: 20 }), async (lines, chunkBytes) => {
        expect(await cut(lines.map((one) => `${one}\n`).join(""), lineCutter(), chunkBytes)).toEqual(
          texts(...lines),
        );
      }),
    );
  });

  it("that are too long are given up alone, without being kept", async () => {
    const long = "x".repeat(MAX_IMPORT_ROW_BYTES + 1);
    const fits = "y".repeat(MAX_IMPORT_ROW_BYTES);
    const records = await cut(`a\n${long}\nb\n${fits}\n`, lineCutter(), 1000);
    expect(records).toEqual([{ text: "a" }, { fault: "too_long" }, { text: "b" }, { text: fits }]);
  });

  it("that are not UTF-8 are faults", async () => {
    const bytes = new Uint8Array([0x61, 0x0a, 0xff, 0xfe, 0x0a, 0x62]);
    expect(await cut(bytes, lineCutter())).toEqual([{ text: "a" }, { fault: "not_utf8" }, { text: "b" }]);
  });

  it("may begin with a byte order mark", async () => {
    expect(await cut("\ufeffone\ntwo", lineCutter())).toEqual(texts("one", "two"));
  });

  it("stop where the upload passes its limit", async () => {
    const chunk = new TextEncoder().encode(`${"x".repeat(1023)}\n`.repeat(1024));
    const endless = new ReadableStream<Uint8Array>({ pull: (controller) => controller.enqueue(chunk) });
    let seen = 0;
    const read = async () => {
      for await (const _ of recordsOf(endless, lineCutter())) seen += 1;
    };
    await expect(read()).rejects.toThrow(ProblemError);
    expect(seen).toBe(MAX_IMPORT_BYTES / 1024);
  });
});

describe("rows of CSV", () => {
  it.each([
    ['a,"b\nc",d\ne', ['a,"b\nc",d', "e"]],
    ['a,"b""\n""c",d\ne', ['a,"b""\n""c",d', "e"]],
    ['5" pipe,x\ny', ['5" pipe,x', "y"]],
    ['"",""\r\n"x"', ['"",""', '"x"']],
  ])("%j has %j", async (file, rows) => {
    for (const chunkBytes of [1, 2, 3, 100])
      expect(await cut(file, csvCutter(), chunkBytes)).toEqual(texts(...rows));
  });

  it("go on after a quote that is never closed", async () => {
    const file = `ab,"b\n${"x,y\n".repeat(MAX_IMPORT_ROW_BYTES / 4)}z,last\n`;
    for (const chunkBytes of [4096, 1_000_000]) {
      const records = await cut(file, csvCutter(), chunkBytes);
      expect(records[0]).toEqual({ fault: "too_long" });
      expect(records.at(-1)).toEqual({ text: "z,last" });
    }
  });
});

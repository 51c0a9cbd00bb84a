/**
 * A chart of few hundred points as SVG: a step line for stock, a band of highs and lows with closing prices on it. What it says
 * stands in its name as a sentence, and all of it in a table beside it.
 */
import { ticks } from "d3-array";
import type { RefObject } from "preact";
import { useLayoutEffect, useRef, useState } from "preact/hooks";
import { shownClock, shownDay, shownTime } from "../format.ts";
import { Button } from "./button.tsx";
import { Table } from "./table.tsx";

export interface Point {
  atMs: number;
  value: number;
  /** Of a band. */
  low?: number;
  high?: number;
}

export interface ChartProps {
  /** A sentence that says what is to be seen. */
  label: string;
  points: readonly Point[];
  kind: "step" | "band";
  show: (value: number) => string;
  /** Drawn across, dashed. */
  limit?: number;
  /** Of the table's column with values. */
  unit: string;
}

/** Until it is measured. */
const WIDTH = 660;
const HEIGHT = 150;
const EDGE = { top: 10, right: 8, bottom: 22 };
/** Of an average character. */
const CHARACTER_PX = 7;

export function Chart(chart: ChartProps) {
  const [isTable, setTable] = useState(false);
  return (
    <>
      {isTable ? <AsTable {...chart} /> : <Drawing {...chart} />}
      <p class="chart-switch">
        <Button kind="quiet" size="compact" onClick={() => setTable(!isTable)}>
          {isTable ? "Show as chart" : "Show as table"}
        </Button>
      </p>
    </>
  );
}

function Drawing({ label, points, kind, show, limit }: ChartProps) {
  const frame = useRef<HTMLDivElement>(null);
  const width = useWidth(frame);
  const [first, last] = [points[0], points.at(-1)];
  if (!first || !last) return null;
  const values = points.flatMap(({ value, low = value, high = value }) => [low, high]);
  const [least, most] = [Math.min(...values, limit ?? Infinity), Math.max(...values, limit ?? -Infinity)];
  // Stock is measured from nothing; prices from where they move.
  const from = kind === "step" ? Math.min(0, least) : least - (most - least || Math.abs(most) || 1) * 0.1;
  const to = kind === "step" ? Math.max(1, most * 1.08) : most + (most - least || Math.abs(most) || 1) * 0.1;
  const marks = ticks(from, to, 3);
  const left = 8 + CHARACTER_PX * Math.max(...marks.map((mark) => show(mark).length));
  const span = Math.max(1, last.atMs - first.atMs);
  const x = (atMs: number) => left + ((atMs - first.atMs) / span) * (width - left - EDGE.right);
  const y = (value: number) =>
    HEIGHT - EDGE.bottom - ((value - from) / (to - from)) * (HEIGHT - EDGE.top - EDGE.bottom);
  const at = (atMs: number, value: number) => `${x(atMs).toFixed(1)} ${y(value).toFixed(1)}`;
  const line =
    kind === "step"
      ? points.map(({ atMs, value }, place) =>
          place === 0 ? `M${at(atMs, value)}` : `H${x(atMs).toFixed(1)}V${y(value).toFixed(1)}`,
        )
      : points.map(({ atMs, value }, place) => `${place === 0 ? "M" : "L"}${at(atMs, value)}`);
  const area =
    kind === "step"
      ? `${line.join("")}V${y(Math.max(from, 0)).toFixed(1)}H${x(first.atMs).toFixed(1)}Z`
      : `M${points.map(({ atMs, value, high = value }) => at(atMs, high)).join("L")}L${points
          .toReversed()
          .map(({ atMs, value, low = value }) => at(atMs, low))
          .join("L")}Z`;
  const time = span > 36 * 3_600_000 ? shownDay : shownClock;
  return (
    <div class="chart" ref={frame}>
      <svg viewBox={`0 0 ${width} ${HEIGHT}`} role="img" aria-label={label}>
        {marks.map((mark) => (
          <g key={mark}>
            <line class="grid" x1={left} x2={width - EDGE.right} y1={y(mark)} y2={y(mark)} />
            <text x={left - 8} y={y(mark) + 4} text-anchor="end">
              {show(mark)}
            </text>
          </g>
        ))}
        <path class="area" d={area} />
        {limit !== undefined && (
          <line class="limit" x1={left} x2={width - EDGE.right} y1={y(limit)} y2={y(limit)} />
        )}
        <path class="stroke" d={line.join("")} />
        <circle class="dot" cx={x(last.atMs)} cy={y(last.value)} r="3" />
        <text x={left} y={HEIGHT - 4}>
          {time(first.atMs)}
        </text>
        <text x={width - EDGE.right} y={HEIGHT - 4} text-anchor="end">
          {time(last.atMs)}
        </text>
      </svg>
    </div>
  );
}

/** One unit of the drawing is one pixel, so that letters have the size of all others. */
function useWidth(frame: RefObject<HTMLElement | null>): number {
  const [width, setWidth] = useState(WIDTH);
  useLayoutEffect(() => {
    const measured = frame.current?.querySelector("svg");
    if (!measured) return;
    const measure = () => setWidth(Math.max(200, Math.round(measured.clientWidth)));
    const observer = new ResizeObserver(measure);
    measure();
    observer.observe(measured);
    return () => observer.disconnect();
  }, []);
  return width;
}

function AsTable({ label, points, kind, show, unit }: ChartProps) {
  const isBand = kind === "band";
  const columns = [
    { text: "When" },
    ...(isBand
      ? [
          { text: "Low", class: "number" },
          { text: "High", class: "number" },
        ]
      : []),
    { text: unit, class: "number" },
  ];
  return (
    <div class="chart-table">
      <Table caption={label} columns={columns}>
        {points.toReversed().map(({ atMs, value, low = value, high = value }, place) => (
          <tr key={`${atMs} ${place}`}>
            <th scope="row">{shownTime(atMs)}</th>
            {isBand && (
              <>
                <td class="number">{show(low)}</td>
                <td class="number">{show(high)}</td>
              </>
            )}
            <td class="number">{show(value)}</td>
          </tr>
        ))}
      </Table>
    </div>
  );
}

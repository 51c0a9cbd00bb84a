/** A table in its frame, which scrolls sideways by itself when it must, and the rows that stand in for what is still loading. */
import type { ComponentChildren } from "preact";

export interface Column {
  /** Of the head. */
  text: string;
  /** `number`, `wide` (leaves on a phone), `tight`, `actions`. */
  class?: string;
  /** Said, and not shown. */
  isHidden?: boolean;
  sort?: "ascending" | "descending" | undefined;
}

export interface TableProps {
  /** What the table is of, for those who cannot see the heading above it. */
  caption: string;
  columns: readonly Column[];
  children: ComponentChildren;
  /**
   * `list`: rows lead somewhere; those of `products` have columns of their own. `small`: a table within a page; on a phone its
   * actions may have a line of their own.
   */
  kind?: "list" | "list products" | "list two-lines" | "small" | "small two-lines";
}

export function Table({ caption, columns, children, kind = "small" }: TableProps) {
  return (
    <div class="frame">
      <div class="scroll" role="region" aria-label={caption} tabIndex={0}>
        <table class={`table ${kind}`}>
          <caption>{caption}</caption>
          <thead>
            <tr>
              {columns.map((column) => (
                <th key={column.text} scope="col" class={column.class} aria-sort={column.sort}>
                  {column.isHidden ? <span class="sr">{column.text}</span> : column.text}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>{children}</tbody>
        </table>
      </div>
    </div>
  );
}

export interface SkeletonRowsProps {
  columns: readonly Column[];
  rows?: number;
}

/** Of the height that the rows will have, so that nothing moves when they come. */
export function SkeletonRows({ columns, rows = 8 }: SkeletonRowsProps) {
  return (
    <>
      {Array.from({ length: rows }, (_, row) => (
        <tr key={row} aria-hidden="true">
          {columns.map((column, place) => (
            <td key={column.text} class={column.class}>
              <span class="skeleton" style={{ width: place === 0 ? "60%" : "70%" }} />
            </td>
          ))}
        </tr>
      ))}
    </>
  );
}

export interface EmptyProps {
  /** One sentence that teaches. */
  children: ComponentChildren;
  /** The one action that helps. */
  action?: ComponentChildren;
}

export function Empty({ children, action }: EmptyProps) {
  return (
    <div class="empty">
      <p>{children}</p>
      {action}
    </div>
  );
}

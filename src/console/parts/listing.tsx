/** A loaded list: its rows, what stands in for them, and what is said when there are none or they did not come. */
import type { ComponentChildren } from "preact";
import type { Resource } from "../resource.ts";
import { LoadFailure } from "./notice.tsx";
import { SkeletonRows, Table, type Column, type TableProps } from "./table.tsx";

export interface ListingProps<T> {
  caption: string;
  columns: readonly Column[];
  of: Pick<Resource<readonly T[]>, "data" | "error" | "isLoading" | "isOld" | "reload">;
  row: (item: T) => ComponentChildren;
  /** Instead of the table when there are none. */
  empty: ComponentChildren;
  kind?: TableProps["kind"];
  skeletonRows?: number;
}

export function Listing<T>({ caption, columns, of, row, empty, kind, skeletonRows = 4 }: ListingProps<T>) {
  const { data, error, isLoading, isOld, reload } = of;
  return (
    <div class="listing">
      {error !== undefined && <LoadFailure error={error} onRetry={reload} />}
      {data?.length === 0 ? (
        <div class="frame">{empty}</div>
      ) : (
        (data !== undefined || error === undefined) && (
          <div class={isOld ? "is-old" : undefined} aria-busy={isLoading ? "true" : "false"}>
            <Table caption={caption} columns={columns} kind={kind ?? "small"}>
              {data ? data.map(row) : <SkeletonRows columns={columns} rows={skeletonRows} />}
            </Table>
          </div>
        )
      )}
    </div>
  );
}

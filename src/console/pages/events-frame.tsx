/** What the stream and a place of the log have in common: the filter, the way to an offset, and the table. */
import { useLocation } from "preact-iso";
import { useRef, useState } from "preact/hooks";
import type { ComponentChildren } from "preact";
import type { BookEvent } from "../../client/wire-events.ts";
import { Button } from "../parts/button.tsx";
import { Page } from "../parts/page.tsx";
import { SearchBox } from "../parts/search-box.tsx";
import { Empty, SkeletonRows, Table } from "../parts/table.tsx";
import { matches } from "./events-log.ts";
import { EVENT_COLUMNS, EventRow } from "./events-row.tsx";
import { EVENT_TYPES, whatOf } from "./events-words.ts";

export function eventsPath({ words = "", at }: { words?: string; at?: number }): string {
  const params = new URLSearchParams({
    ...(at !== undefined && { at: String(at) }),
    ...(words !== "" && { q: words }),
  });
  return params.size === 0 ? "/console/events" : `/console/events?${params}`;
}

export interface EventsFrameProps {
  words: string;
  at?: number;
  /** The newest first; undefined: they are not there yet. */
  events: readonly BookEvent[] | undefined;
  /** Buttons beside the filter. */
  end: ComponentChildren;
  /** Where none is shown though none was filtered out. */
  empty: string;
  isBusy: boolean;
  /** Below the table. */
  after?: ComponentChildren;
  /** Between the heading and the table. */
  children?: ComponentChildren;
}

export function EventsFrame(frame: EventsFrameProps) {
  const { words, at, events, end, empty, isBusy, after, children } = frame;
  const { route } = useLocation();
  const wanted = words.trim();
  const shown = wanted === "" ? events : events?.filter((event) => matches(event, wanted, whatOf(event)));
  const filter = (next: string) => route(eventsPath({ words: next, ...(at !== undefined && { at }) }), true);
  return (
    <Page
      title="Events"
      end={
        <>
          <SearchBox
            label="Filter events"
            icon="filter"
            placeholder="Type, product, actor"
            words={words}
            onWords={filter}
            known={EVENT_TYPES}
          />
          <Jump onJump={(offset) => route(eventsPath({ at: offset }))} />
          {end}
        </>
      }
    >
      {children}
      {shown?.length === 0 ? (
        wanted === "" || events?.length === 0 ? (
          <Empty>{empty}</Empty>
        ) : (
          <Empty action={<Button onClick={() => filter("")}>Clear search</Button>}>
            {`None of these ${events?.length} events matches “${wanted}”.`}
          </Empty>
        )
      ) : (
        <div class="events" aria-busy={isBusy ? "true" : "false"}>
          <Table caption="Events, the newest first" columns={EVENT_COLUMNS}>
            {shown ? (
              shown.map((event) => (
                <EventRow key={event.offset} event={event} isFound={event.offset === at} />
              ))
            ) : (
              <SkeletonRows columns={EVENT_COLUMNS} rows={20} />
            )}
          </Table>
        </div>
      )}
      {after}
    </Page>
  );
}

/** The event is to be seen, whatever was filtered before. */
function Jump({ onJump }: { onJump: (offset: number) => void }) {
  const [text, setText] = useState("");
  const input = useRef<HTMLInputElement>(null);
  const offset = Number(text.replaceAll(/[\s,]/g, ""));
  const isWrong = text.trim() !== "" && (!Number.isSafeInteger(offset) || offset < 1);
  return (
    <form
      class="jump"
      onSubmit={(event) => {
        event.preventDefault();
        if (text.trim() === "" || isWrong) return input.current?.focus();
        onJump(offset);
        setText("");
      }}
    >
      <input
        ref={input}
        class="input"
        type="text"
        inputMode="numeric"
        aria-label="Offset"
        aria-invalid={isWrong ? "true" : undefined}
        placeholder="Offset"
        autoComplete="off"
        value={text}
        onInput={(event) => setText(event.currentTarget.value)}
      />
      <Button type="submit">Go</Button>
    </form>
  );
}

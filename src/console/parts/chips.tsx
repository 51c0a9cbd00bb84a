/** Choices that narrow a list, each with how many it leaves. */
import { shownNumber } from "../format.ts";

export interface Chip {
  id: string;
  text: string;
  count?: number;
  isOn: boolean;
  /** A little apart from those before it. */
  beginsGroup?: boolean;
}

export interface ChipsProps {
  label: string;
  chips: readonly Chip[];
  onToggle: (id: string) => void;
}

export function Chips({ label, chips, onToggle }: ChipsProps) {
  return (
    <div class="chips" role="group" aria-label={label}>
      {chips.map(({ id, text, count, isOn, beginsGroup }) => (
        <button
          key={id}
          type="button"
          class={beginsGroup ? "chip apart" : "chip"}
          aria-pressed={isOn ? "true" : "false"}
          onClick={() => onToggle(id)}
        >
          {text}
          {count !== undefined && <span class="soft">{shownNumber(count)}</span>}
        </button>
      ))}
    </div>
  );
}

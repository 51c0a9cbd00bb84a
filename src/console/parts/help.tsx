/** The keys, at `?`; and the switch that turns them off. */
import { areKeysOff, KEYS, turnKeys } from "../keyboard.ts";
import { Dialog } from "./dialog.tsx";
import { Check } from "./field.tsx";

export function Help({ onClose }: { onClose: () => void }) {
  return (
    <Dialog title="Keys" onClose={onClose}>
      <Check label="Single keys do something" checked={!areKeysOff.value} onChange={(on) => turnKeys(!on)} />
      <dl class="keys-list">
        {KEYS.map(([keys, what]) => (
          <>
            <dt key={keys}>
              {keys.split(" ").map((key) => (
                <kbd key={key}>{key}</kbd>
              ))}
            </dt>
            <dd>{what}</dd>
          </>
        ))}
      </dl>
    </Dialog>
  );
}

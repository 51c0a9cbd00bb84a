/** Buttons say a verb. One that is busy says so, stays where it is, and keeps the focus. */
import type { ComponentChildren } from "preact";
import type { IconName } from "../icons.ts";
import { Icon } from "./icon.tsx";

export interface ButtonProps {
  children: ComponentChildren;
  kind?: "primary" | "plain" | "quiet" | "danger" | undefined;
  type?: "button" | "submit" | undefined;
  size?: "compact" | "wide-button" | undefined;
  icon?: IconName | undefined;
  /** The icon alone is shown; the word is for those who cannot see it. */
  iconOnly?: boolean | undefined;
  /** Said of each that sends something: of a double click it takes the first press alone. */
  busy?: boolean | undefined;
  disabled?: boolean | undefined;
  title?: string | undefined;
  /** Of a key that does the same. */
  shortcut?: string | undefined;
  onClick?: ((event: MouseEvent) => void) | undefined;
}

export function Button({
  children,
  kind = "plain",
  type = "button",
  icon,
  iconOnly,
  busy,
  ...rest
}: ButtonProps) {
  const { size, disabled, title, shortcut, onClick } = rest;
  const classes = ["button", kind, size, iconOnly && "round"].filter(Boolean).join(" ");
  const inert = busy === true || disabled === true;
  // What sends something may have been answered between the two presses of a double click.
  const isSecond = (event: MouseEvent) => (type === "submit" || busy !== undefined) && event.detail > 1;
  return (
    <button
      type={type}
      class={classes}
      title={title}
      aria-disabled={inert ? "true" : undefined}
      aria-busy={busy ? "true" : undefined}
      aria-keyshortcuts={shortcut}
      onClick={(event) => {
        if (!inert && !isSecond(event)) return onClick?.(event);
        event.preventDefault();
      }}
    >
      {icon && <Icon name={icon} />}
      {iconOnly ? <span class="sr">{children}</span> : children}
    </button>
  );
}

/** What leads to the pages: at the side, and on a phone below, with the rest behind the name at the top. */
import { useLocation } from "preact-iso";
import { useState } from "preact/hooks";
import { Button } from "./parts/button.tsx";
import { Dialog } from "./parts/dialog.tsx";
import { Icon } from "./parts/icon.tsx";
import { LiveMark } from "./parts/live-mark.tsx";
import { PAGES, type PageEntry } from "./pages.ts";
import { self, signOut } from "./session.ts";
import { theme, THEMES } from "./theme.ts";

const GROUPS = ["Stock", "Set-up"] as const;

/** Which entry of the side bar a page belongs to. */
export function entryAt(path: string): PageEntry | undefined {
  const isWithin = (page: PageEntry) =>
    page.path !== "/" && (path === page.path || path.startsWith(`${page.path}/`));
  return (
    PAGES.find(isWithin) ?? (path === "/" || path.startsWith("/console/products/") ? PAGES[0] : undefined)
  );
}

function Links({ of }: { of: (page: PageEntry) => boolean }) {
  const { path } = useLocation();
  const current = entryAt(path);
  return (
    <>
      {PAGES.filter(of).map((page) => (
        <a key={page.path} href={page.path} aria-current={page === current ? "page" : undefined}>
          <Icon name={page.icon} />
          {page.title}
        </a>
      ))}
    </>
  );
}

export function SideBar() {
  return (
    <header class="side">
      <Brand />
      {GROUPS.filter(hasPages).map((group) => (
        <nav key={group} class="nav" aria-label={group}>
          <h2>{group}</h2>
          <Links of={(page) => page.group === group} />
        </nav>
      ))}
      <div class="side-foot">
        <ThemeSwitch />
        <Whose />
        <LiveMark />
      </div>
    </header>
  );
}

function hasPages(group: PageEntry["group"]): boolean {
  return PAGES.some((page) => page.group === group);
}

function Brand() {
  return (
    <a class="brand" href="/">
      <Icon name="anchor" />
      Holdfast
    </a>
  );
}

/** Of a phone. */
export function TopBar() {
  const [isOpen, setOpen] = useState(false);
  return (
    <header class="top">
      <Button kind="quiet" icon="anchor" onClick={() => setOpen(true)}>
        Holdfast
      </Button>
      <LiveMark />
      {isOpen && (
        <Dialog title="Holdfast" isSheet onClose={() => setOpen(false)}>
          {GROUPS.filter(hasPages).map((group) => (
            <nav key={group} class="nav" aria-label={group} onClick={() => setOpen(false)}>
              <Links of={(page) => page.group === group} />
            </nav>
          ))}
          <ThemeSwitch />
          <Whose />
        </Dialog>
      )}
    </header>
  );
}

/** The five that have a key of their own. */
export function BottomBar() {
  return (
    <nav class="bottom" aria-label="Pages">
      <Links of={({ key }) => key !== undefined} />
    </nav>
  );
}

const THEME_WORDS = { system: "System", light: "Light", dark: "Dark" };

function ThemeSwitch() {
  return (
    <fieldset class="theme">
      <legend class="sr">Theme</legend>
      {THEMES.map((one) => (
        <label key={one}>
          <input
            class="sr"
            type="radio"
            name="theme"
            checked={theme.value === one}
            onChange={() => (theme.value = one)}
          />
          <span>{THEME_WORDS[one]}</span>
        </label>
      ))}
    </fieldset>
  );
}

function Whose() {
  return (
    <div class="whose">
      <span class="soft small" title={self.value?.name}>
        {self.value?.name}
      </span>
      <Button kind="quiet" size="compact" icon="log-out" onClick={signOut}>
        Sign out
      </Button>
    </div>
  );
}

/** The shell: the bars, the page that the path names, and the sign-in page where there is no key. */
import { render } from "preact";
import { ErrorBoundary, LocationProvider, Route, Router, useLocation } from "preact-iso";
import { useState } from "preact/hooks";
import { holdfast, isUnauthenticated } from "./connection.ts";
import { listenToKeys, moveAmongRows, useKeys } from "./keyboard.ts";
import { CONSOLE_PATHS, consolePathOf, noteNavigation } from "./navigation.ts";
import { INNER_PAGES, PAGES } from "./pages.ts";
import { Boundary } from "./parts/boundary.tsx";
import { Help } from "./parts/help.tsx";
import { Page } from "./parts/page.tsx";
import { Palette } from "./parts/palette.tsx";
import { Toasts } from "./parts/toasts.tsx";
import { BottomBar, SideBar, TopBar } from "./side-bar.tsx";
import { isRefused, isSignedIn, self, sessionNumber } from "./session.ts";
import { SignIn } from "./sign-in.tsx";
import { live } from "./connection.ts";
import { stock } from "./stock.ts";
import "./theme.ts";
import { watchWhileSignedIn } from "./watching.ts";
import { effect } from "@preact/signals";

function Console() {
  if (!isSignedIn.value) return <SignIn />;
  return (
    <>
      {isRefused.value && <SignIn />}
      <div hidden={isRefused.value}>
        <LocationProvider scope={CONSOLE_PATHS}>
          <Shell />
        </LocationProvider>
      </div>
    </>
  );
}

function Shell() {
  const { path, route } = useLocation();
  const [over, setOver] = useState<"help" | "palette">();
  const goTo = PAGES.flatMap((page) =>
    page.key ? [[`g ${page.key}`, () => route(page.path)] as const] : [],
  );
  useKeys({
    ...Object.fromEntries(goTo),
    "?": () => setOver("help"),
    "Ctrl K": () => setOver("palette"),
    j: () => moveAmongRows(1),
    k: () => moveAmongRows(-1),
  });
  const close = () => setOver(undefined);
  const isStale = live.value === "stale" || live.value === "offline";
  return (
    <div class={isStale ? "shell is-stale" : "shell"}>
      <a class="skip" href="#main">
        Skip to the content
      </a>
      <SideBar />
      <TopBar />
      <main class="main" id="main" tabIndex={-1}>
        <Boundary at={path}>
          <Pages />
        </Boundary>
      </main>
      <BottomBar />
      <Toasts />
      {over === "help" && <Help onClose={close} />}
      {over === "palette" && <Palette onClose={close} />}
    </div>
  );
}

function Pages() {
  return (
    <ErrorBoundary>
      <Router onRouteChange={noteNavigation}>
        {[...PAGES, ...INNER_PAGES].map(({ path, component }) => (
          <Route key={path} path={path} component={component} />
        ))}
        <Route default component={NotFound} />
      </Router>
    </ErrorBoundary>
  );
}

function NotFound() {
  return (
    <Page title="No such page">
      <p>
        <a href="/">Products</a> is where everything begins.
      </p>
    </Page>
  );
}

/** A key from before this page was loaded: whose it is, and whether it still works. */
async function askWhose(): Promise<void> {
  try {
    self.value = await holdfast.keys.self();
  } catch (error) {
    // One that is refused is asked for again by the session; without an answer the pages say themselves what fails.
    if (!isUnauthenticated(error)) console.error(error);
  }
}

const leadsTo = consolePathOf(location);
if (leadsTo !== undefined) history.replaceState(null, "", leadsTo);
effect(() => {
  void sessionNumber.value;
  stock.clear();
});
if (isSignedIn.peek()) void askWhose();
watchWhileSignedIn();
listenToKeys();
const root = document.getElementById("console");
if (root) render(<Console />, root);

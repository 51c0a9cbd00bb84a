/** Parts of the console that are loaded when they are wanted. One that cannot be loaded fails its page, and nothing else. */
import type { ComponentType } from "preact";
import { lazy } from "preact-iso";
import { useEffect, useState } from "preact/hooks";

type Load<P> = () => Promise<ComponentType<P>>;

/** A page: the one before stays until it is there. */
export function laterPage(load: Load<object>) {
  return lazy(() => load().catch(failing));
}

/** After a new version was deployed the files of the older one are gone: loading the page again brings those of now. */
function failing(error: unknown): ComponentType<object> {
  return () => {
    throw error;
  };
}

/** A part of a page: nothing until it is there. */
export function laterPart<P extends object>(load: Load<P>): ComponentType<P> {
  let loaded: ComponentType<P> | undefined;
  return (props: P) => {
    const [state, setState] = useState<{ part?: ComponentType<P> | undefined; error?: unknown }>({
      part: loaded,
    });
    useEffect(() => {
      const run = async () => {
        try {
          loaded = await load();
          setState({ part: loaded });
        } catch (error) {
          setState({ error });
        }
      };
      if (!loaded) void run();
    }, []);
    if (state.error !== undefined) throw state.error;
    const { part: Part } = state;
    return Part ? <Part {...props} /> : null;
  };
}

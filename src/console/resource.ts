/**
 * Data of a page: loaded when it opens, shown from memory at once where it was seen before, marked old until it is fresh. A
 * newer load ends an older one, so that answers never overtake each other.
 */
import { useCallback, useEffect, useRef, useState } from "preact/hooks";
import { isAbort } from "./connection.ts";
import { isRefused, sessionNumber } from "./session.ts";

export interface Resource<T> {
  data: T | undefined;
  /** Of the newest load; the data stays. */
  error: unknown;
  isLoading: boolean;
  /** What is shown was loaded before, and is being asked for again. */
  isOld: boolean;
  /** Loads again, and keeps what is shown meanwhile. */
  reload(): void;
  /** Shows this: an answer to a change, or one more page. */
  put(change: (data: T | undefined) => T | undefined): void;
}

interface State<T> {
  key: string;
  data: T | undefined;
  error: unknown;
  isLoading: boolean;
  isOld: boolean;
}

const MAX_REMEMBERED = 50;
const remembered = new Map<string, unknown>();

function remember(key: string, data: unknown): void {
  remembered.delete(key);
  remembered.set(key, data);
  const [oldest] = remembered.size > MAX_REMEMBERED ? remembered.keys() : [];
  if (oldest !== undefined) remembered.delete(oldest);
}

interface ResourceOptions {
  /** Until the data of another key is there, that of the last one stays, marked old: for lists that are narrowed. */
  keepsLast?: boolean;
}

/** `key` names what is loaded: another key is another thing. `load` may be another function at every render. */
export function useResource<T>(
  key: string,
  load: (signal: AbortSignal) => Promise<T>,
  { keepsLast = false }: ResourceOptions = {},
): Resource<T> {
  const fullKey = `${sessionNumber.value} ${key}`;
  const [state, setState] = useState<State<T>>(() => opened<T>(fullKey));
  const [round, setRound] = useState(0);
  const loading = useRef(load);
  loading.current = load;
  const shown = state.key === fullKey ? state : opened<T>(fullKey, keepsLast ? state.data : undefined);
  const isStopped = isRefused.value;
  useEffect(() => {
    // It is loaded once there is a key that works.
    if (isStopped) return;
    const end = new AbortController();
    setState((before) =>
      before.key === fullKey
        ? { ...before, isLoading: true, error: undefined }
        : opened<T>(fullKey, keepsLast ? before.data : undefined),
    );
    const run = async () => {
      try {
        const data = await loading.current(end.signal);
        if (end.signal.aborted) return;
        remember(fullKey, data);
        setState({ key: fullKey, data, error: undefined, isLoading: false, isOld: false });
      } catch (error) {
        if (end.signal.aborted || isAbort(error)) return;
        setState((before) => ({ ...before, error, isLoading: false }));
      }
    };
    void run();
    return () => end.abort();
  }, [fullKey, round, isStopped]);
  const put = useCallback<Resource<T>["put"]>(
    (change) =>
      setState((before) => {
        const data = change(before.data);
        remember(before.key, data);
        return { ...before, data };
      }),
    [],
  );
  const reload = useCallback(() => setRound((before) => before + 1), []);
  return {
    data: shown.data,
    error: shown.error,
    isLoading: shown.isLoading,
    isOld: shown.isOld,
    reload,
    put,
  };
}

function opened<T>(key: string, last?: T): State<T> {
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- only what was put there under this very key comes back
  const data = (remembered.get(key) as T | undefined) ?? last;
  return { key, data, error: undefined, isLoading: true, isOld: data !== undefined };
}

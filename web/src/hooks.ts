// Asking the server from a view: one answer at a time, and none that comes late.
import { useEffect, useRef, useState } from 'preact/hooks';
import { ApiError, ask } from './api';

export interface Answer<T> { data?: T; failure?: ApiError; loading: boolean }

// Asks again when `path` changes, and keeps what is shown until the new answer is there. A null asks
// nothing.
export function useAsk<T>(path: string | null, again = 0): Answer<T> {
    const [answer, set] = useState<Answer<T>>({ loading: path !== null });
    useEffect(() => {
        if (path === null) return set({ loading: false });
        const abort = new AbortController();
        set((old) => ({ ...old, loading: true }));
        ask<T>(path, abort.signal).then(
            (data) => set({ data, loading: false }),
            (failure: unknown) => {
                if (!abort.signal.aborted) set({ failure: asFailure(failure), loading: false });
            },
        );
        return () => abort.abort();
    }, [path, again]);
    return answer;
}

export function asFailure(failure: unknown): ApiError {
    return failure instanceof ApiError ? failure : new ApiError(0, { text: String(failure) });
}

// Calls the newest `act` every so many milliseconds while the page is seen.
export function useEvery(ms: number, act: () => void): void {
    const newest = useRef(act);
    newest.current = act;
    useEffect(() => {
        const timer = setInterval(() => {
            if (!document.hidden) newest.current();
        }, ms);
        return () => clearInterval(timer);
    }, [ms]);
}

// Keys of the whole page; those typed into a field are its own.
export function useKeys(keys: { [key: string]: (event: KeyboardEvent) => void }): void {
    const newest = useRef(keys);
    newest.current = keys;
    useEffect(() => {
        const pressed = (event: KeyboardEvent) => {
            const target = event.target as HTMLElement;
            if (event.ctrlKey || event.metaKey || event.altKey) return;
            if (/^(INPUT|SELECT|TEXTAREA)$/.test(target.tagName) && event.key !== 'Escape') return;
            const act = newest.current[event.key];
            if (!act) return;
            act(event);
            event.preventDefault();
        };
        addEventListener('keydown', pressed);
        return () => removeEventListener('keydown', pressed);
    }, []);
}

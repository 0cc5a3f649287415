// Where the page is: all of it is in the URL, so that a link shows the same to whoever opens it.
import { useEffect, useState } from 'preact/hooks';

export interface Route { path: string; query: URLSearchParams }

const kChanged = 'batpak-route';

export function route(): Route {
    return { path: location.pathname, query: new URLSearchParams(location.search) };
}

export function go(to: string, how: 'push' | 'replace' = 'push'): void {
    if (how === 'push') history.pushState(null, '', to);
    else history.replaceState(null, '', to);
    dispatchEvent(new Event(kChanged));
}

export function useRoute(): Route {
    const [now, set] = useState(route());
    useEffect(() => {
        const changed = () => set(route());
        addEventListener('popstate', changed);
        addEventListener(kChanged, changed);
        return () => {
            removeEventListener('popstate', changed);
            removeEventListener(kChanged, changed);
        };
    }, []);
    return now;
}

// The parts of a filter that the events page knows, in the order in which they are shown.
export const kFilterNames = [
    'entity', 'entity_prefix', 'scope', 'kind', 'tag', 'correlation', 'causation', 'from', 'before', 'since', 'until', 'where',
] as const;

export function filterOf(query: URLSearchParams): URLSearchParams {
    const filter = new URLSearchParams();
    for (const name of kFilterNames) for (const value of query.getAll(name)) if (value) filter.append(name, value);
    return filter;
}

export function withQuery(path: string, query: URLSearchParams): string {
    const text = query.toString();
    return text ? path + '?' + text : path;
}

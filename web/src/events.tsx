// All events, or those of a filter. The filter is the URL.
import type { JSX } from 'preact';
import { useEffect, useMemo, useRef, useState } from 'preact/hooks';
import type { EventRow, KindRow, Rows as RowsAnswer, Series, StoreInfo } from './api';
import { ask, askRows, download } from './api';
import { cellsOf, columnsOf } from './event_row';
import { asFailure, useAsk, useKeys } from './hooks';
import { kBuckets, timeOfBucket } from './overview';
import { Bars, Trouble } from './parts';
import { filterOf, go, withQuery } from './route';
import { count, kindText, moreThan, plural, visible } from './text';
import { WindowList } from './window_list';

export function Events(props: { query: URLSearchParams; store: StoreInfo }): JSX.Element {
    const filter = filterOf(props.query);
    const fields = (props.query.get('fields') ?? '').split(',').filter(Boolean);
    // The list ends where the store did when it was opened, so that no row moves under one's eyes.
    const [end, setEnd] = useState(props.store.events);
    useEffect(() => setEnd(props.store.events), [filter.toString(), props.store.log]);
    const fresh = props.store.events - end;
    const open = (event: EventRow) => event.sequence !== undefined && go('/events/' + event.sequence);
    return (
        <section class="fill">
            <FilterBar query={props.query} />
            <When filter={filter} query={props.query} end={end} />
            {fresh > 0 && <button type="button" class="chip fresh" onClick={() => setEnd(props.store.events)}>{plural(fresh, 'new event')}</button>}
            <Exports query={bounded(filter, end).toString()} />
            {filter.has('where') ? <Found filter={filter} fields={fields} open={open} end={end} /> : <Rows filter={filter} fields={fields} open={open} end={end} jump={props.query.get('at')} />}
        </section>
    );
}

// The events of the filter as a file, from the oldest on; one that is full says where the next begins.
function Exports(props: { query: string }): JSX.Element {
    const [next, setNext] = useState<{ format: string; from: number; of: string } | null>(null);
    const [said, setSaid] = useState('');
    const save = async (format: string, from?: number) => {
        const query = new URLSearchParams(props.query);
        if (from !== undefined) query.set('from', String(from));
        query.set('format', format);
        setSaid('…');
        try {
            const more = await download('export?' + query.toString(), 'events' + (from === undefined ? '' : '-from-' + from) + '.' + format);
            setNext(more === null ? null : { format, from: more, of: props.query });
            setSaid(more === null ? 'The file has all of them.' : 'The file ends before event ' + count(more) + '.');
        } catch (error) {
            setSaid(asFailure(error).message);
        }
    };
    const part = next && next.of === props.query ? next : null;
    return (
        <p class="exports">
            <button type="button" class="copy" onClick={() => void save('ndjson')}>Save as NDJSON</button> <button type="button" class="copy" onClick={() => void save('csv')}>Save as CSV</button>{' '}
            <span role="status">{visible(said)}</span>{' '}
            {part && <button type="button" class="copy" onClick={() => void save(part.format, part.from)}>Save the next part</button>}
        </p>
    );
}

function bounded(filter: URLSearchParams, end: number): URLSearchParams {
    const query = new URLSearchParams(filter);
    const before = query.get('before');
    if (before === null || Number(before) > end) query.set('before', String(end));
    return query;
}

function When(props: { filter: URLSearchParams; query: URLSearchParams; end: number }): JSX.Element | null {
    const query = bounded(props.filter, props.end);
    query.delete('where');
    query.set('buckets', String(kBuckets));
    const series = useAsk<Series>('series?' + query.toString());
    const zoom = (from: number, to: number) => {
        const next = new URLSearchParams(props.query);
        next.set('since', timeOfBucket(series.data!, from));
        next.set('until', timeOfBucket(series.data!, to));
        go(withQuery('/events', next));
    };
    if (!series.data || series.data.counts.length === 0) return <div class="when" />;
    return <div class="when"><Bars counts={series.data.counts} height={36} label="The events of the filter over time" pick={zoom} /></div>;
}

interface ListProps { filter: URLSearchParams; fields: string[]; open: (event: EventRow) => void; end: number }

// Any row of a filter without an expression can be asked for by its number.
function Rows(props: ListProps & { jump: string | null }): JSX.Element {
    const query = bounded(props.filter, props.end).toString();
    const first = useAsk<RowsAnswer>('rows?start=0&count=0&' + query);
    // Newest first: row i is the one that has i after it.
    const total = first.data?.total ?? 0;
    const load = async (start: number, n: number, signal: AbortSignal) => {
        const from = total - start - n;
        return (await askRows(query, from, n, signal)).reverse();
    };
    const at = props.jump === null ? NaN : Number(props.jump);
    const before = useAsk<{ total: number }>(Number.isFinite(at) ? 'rows?start=0&count=0&' + bounded(props.filter, Math.min(props.end, at + 1)).toString() : null);
    if (first.failure) return <Trouble failure={first.failure} />;
    if (!first.data || before.loading) return <p class="dim pad">…</p>;
    const more = moreThan(first.data, 'total');
    if (total === 0) return <p class="dim pad">{more ? 'None of the newest events has all of this; to look at all of them would take too long. A narrower filter looks further.' : 'No event has all of this.'}</p>;
    const row = before.data ? Math.max(0, total - before.data.total) : 0;
    return (
        <>
            <p class="total" role="status">{more}{plural(total, 'event')}, newest first{more && ': of these the list is; a narrower filter shows others'}</p>
            <WindowList total={total} of={query + '&' + row} load={load} first={row} label="Events" columns={columnsOf(props.fields)}
                row={(event) => cellsOf(event, props.fields)} open={props.open} />
        </>
    );
}

// What an expression keeps has to be looked for: page by page, as far as somebody reads.
function Found(props: ListProps): JSX.Element {
    const base = bounded(props.filter, props.end).toString();
    const [found, setFound] = useState<EventRow[]>([]);
    const [next, setNext] = useState<string | null>(base);
    const [scanned, setScanned] = useState(0);
    const [failure, setFailure] = useState<Error | null>(null);
    const [busy, setBusy] = useState(false);
    const alive = useRef(new AbortController());
    const more = async (query: string, until: number, have: EventRow[], seen: number) => {
        setBusy(true);
        const { signal } = alive.current;
        try {
            let at: string | null = query;
            while (at !== null && have.length < until && !signal.aborted) {
                const answer: { events: EventRow[]; next?: number; scanned: number } = await ask(`events?dir=backward&limit=200&${at}`, signal);
                have = [...have, ...answer.events];
                seen += answer.scanned;
                const going: URLSearchParams = new URLSearchParams(base);
                if (answer.next !== undefined) going.set('before', String(answer.next));
                at = answer.next === undefined ? null : going.toString();
                setFound(have);
                setScanned(seen);
                setNext(at);
            }
        } catch (error) {
            if (!signal.aborted) setFailure(error as Error);
        }
        if (!signal.aborted) setBusy(false);
    };
    useEffect(() => {
        alive.current = new AbortController();
        setFound([]);
        setFailure(null);
        void more(base, 100, [], 0);
        return () => alive.current.abort();
    }, [base]);
    if (failure) return <Trouble failure={{ text: failure.message }} title="The expression cannot be used" />;
    return (
        <>
            <p class="total" role="status">{plural(found.length, 'event')} found in {count(scanned)} looked at{next !== null && !busy ? ', and there may be more' : ''}
                {next !== null && <button type="button" class="copy" disabled={busy} onClick={() => void more(next, found.length + 200, found, scanned)}>{busy ? 'looking…' : 'look further'}</button>}
            </p>
            {found.length > 0 && <WindowList total={found.length} of={base} label="Events" columns={columnsOf(props.fields)} row={(event) => cellsOf(event, props.fields)}
                open={props.open} load={async (start, n) => found.slice(start, start + n)} />}
        </>
    );
}

const kMore = ['entity', 'tag', 'correlation', 'causation', 'from', 'before', 'since', 'until'] as const;

export function FilterBar(props: { query: URLSearchParams; path?: string }): JSX.Element {
    const { query } = props;
    const path = props.path ?? '/events';
    const kinds = useAsk<{ kinds: KindRow[] }>('catalogue');
    const scopes = useAsk<{ scopes: unknown[] }>('scopes');
    const first = useRef<HTMLInputElement>(null);
    useKeys({ '/': () => first.current?.focus() });
    const text = query.toString();
    const chips = useMemo(() => [...filterOf(query)], [text]);
    const submit = (event: Event) => {
        event.preventDefault();
        const form = new FormData(event.currentTarget as HTMLFormElement);
        const next = new URLSearchParams(query);
        next.delete('at');
        for (const name of ['entity_prefix', 'scope', 'kind', 'where', 'fields']) {
            const value = String(form.get(name) ?? '').trim();
            next.delete(name);
            if (value) next.set(name, value);
        }
        const jump = String(form.get('at') ?? '').trim();
        if (/^[0-9]+$/.test(jump)) next.set('at', jump);
        else if (/^[0-9a-f]{8}-/i.test(jump)) return go('/events/' + encodeURIComponent(jump));
        go(withQuery(path, next));
    };
    const without = (name: string, value: string) => {
        const next = new URLSearchParams();
        for (const [key, kept] of query) if (key !== name || kept !== value) next.append(key, kept);
        go(withQuery(path, next));
    };
    const extra = chips.filter(([name]) => (kMore as readonly string[]).includes(name));
    return (
        <form class="filter" key={text} onSubmit={submit} role="search" aria-label="Filter">
            <input ref={first} name="entity_prefix" aria-label="Entity begins with" placeholder="entity begins with  /" defaultValue={query.get('entity_prefix') ?? ''} />
            <select name="kind" aria-label="Kind" onChange={(event) => event.currentTarget.form!.requestSubmit()} defaultValue={query.get('kind') ?? ''}>
                <option value="">any kind</option>
                {(kinds.data?.kinds ?? []).map((kind) => <option key={kind.kind} value={kind.kind} selected={kind.kind === query.get('kind')}>{kindText(kind)}</option>)}
            </select>
            <select name="scope" aria-label="Scope" onChange={(event) => event.currentTarget.form!.requestSubmit()}>
                <option value="">any scope</option>
                {(scopes.data?.scopes ?? []).slice(0, 500).map((scope) => typeof scope === 'string' && <option key={scope} value={scope} selected={scope === query.get('scope')}>{visible(scope)}</option>)}
            </select>
            <input name="where" class="where" aria-label="Expression" placeholder="where, such as payload.cents > 500" defaultValue={query.get('where') ?? ''} />
            {path === '/events' && <input name="fields" class="short" aria-label="Payload fields as columns" placeholder="columns" title="Fields of the payload as columns: cents,customer" defaultValue={query.get('fields') ?? ''} />}
            {path === '/events' && <input name="at" class="short" id="jump" aria-label="Go to sequence or id" placeholder="go to  g" defaultValue={query.get('at') ?? ''} />}
            <button type="submit">Filter</button>
            {extra.map(([name, value]) => (
                <button key={name + value} type="button" class="chip" title="Take this part of the filter away" onClick={() => without(name, value)}>{name.replace('_', ' ')} {visible(value)} ×</button>
            ))}
        </form>
    );
}

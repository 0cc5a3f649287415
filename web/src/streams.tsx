// The streams of a store, by name; and one of them, with the state that its events make.
import type { JSX } from 'preact';
import { useEffect, useRef, useState } from 'preact/hooks';
import type { EventRow, StateAnswer, StoreInfo, Stream } from './api';
import { ApiError, ask, askRows } from './api';
import { compareUrl } from './compare';
import { streamUrl } from './event';
import { Preview } from './event_row';
import { asFailure, useAsk, useKeys } from './hooks';
import { Kind, Link, Tree, Trouble } from './parts';
import { go } from './route';
import { bytesOf, count, kindText, nameText, plural, timeText, visible } from './text';
import { WindowList } from './window_list';

const kPage = 100;

export function Streams(props: { query: URLSearchParams; store: StoreInfo }): JSX.Element {
    const prefix = props.query.get('prefix') ?? '';
    const [streams, setStreams] = useState<Stream[]>([]);
    const [more, setMore] = useState(false);
    const [failure, setFailure] = useState<ApiError | null>(null);
    const search = useRef<HTMLInputElement>(null);
    useKeys({ '/': () => search.current?.focus() });
    const load = (have: Stream[], signal?: AbortSignal) => {
        const last = have.at(-1)?.entity;
        const query = new URLSearchParams({ prefix, limit: String(kPage) });
        if (typeof last === 'string') query.set('after', last);
        ask<{ streams: Stream[]; more: boolean }>('streams?' + query.toString(), signal).then(
            (answer) => {
                setStreams([...have, ...answer.streams]);
                setMore(answer.more && typeof answer.streams.at(-1)?.entity === 'string');
                setFailure(null);
            },
            (error: unknown) => !signal?.aborted && setFailure(asFailure(error)),
        );
    };
    useEffect(() => {
        const abort = new AbortController();
        const timer = setTimeout(() => load([], abort.signal), prefix ? 120 : 0);
        return () => { clearTimeout(timer); abort.abort(); };
    }, [prefix]);
    const typed = (event: Event) => {
        const value = (event.currentTarget as HTMLInputElement).value;
        go(value ? '/streams?prefix=' + encodeURIComponent(value) : '/streams', 'replace');
    };
    return (
        <>
            <header class="title"><h1>Streams</h1><input ref={search} class="search" aria-label="Names that begin with" placeholder="begins with  /" value={prefix} onInput={typed} /></header>
            {failure && <Trouble failure={failure} />}
            <div class="scroll-x">
                <table>
                    <thead><tr><th scope="col">Entity</th><th scope="col" class="num">Events</th><th scope="col">Last</th><th scope="col">Time (UTC)</th><th scope="col">Scope of it</th></tr></thead>
                    <tbody>
                        {streams.map((stream) => (
                            <tr key={JSON.stringify(stream.entity)}>
                                <td>{bytesOf(stream.entity) === null ? <Link to={streamUrl(stream.entity)}>{nameText(stream.entity)}</Link> : nameText(stream.entity)}</td>
                                <td class="num">{count(stream.events)}</td>
                                <td>{stream.error ? <span class="bad">{visible(stream.error.text)}</span> : visible(stream.last_kind ?? '')}</td>
                                <td class="mono dim">{stream.last_time && timeText(stream.last_time)}</td>
                                <td>{nameText(stream.scope)}</td>
                            </tr>
                        ))}
                    </tbody>
                </table>
            </div>
            {more ? <button type="button" class="wide" onClick={() => load(streams)}>More streams</button> : <p class="dim pad" role="status">{plural(streams.length, 'stream')}{prefix && ' whose name begins so'}</p>}
        </>
    );
}

export function StreamPage(props: { query: URLSearchParams; store: StoreInfo }): JSX.Element {
    const entity = props.query.get('entity') ?? '';
    const named = new URLSearchParams({ entity }).toString();
    const [end] = useState(props.store.events);
    const size = useAsk<{ total: number }>('rows?count=0&before=' + end + '&' + named);
    const total = size.data?.total ?? 0;
    const asked = Number(props.query.get('version') ?? total - 1);
    const version = Math.max(0, Math.min(total - 1, Number.isFinite(asked) ? asked : total - 1));
    const to = (next: number) => total > 0 && go(streamUrl(entity, Math.max(0, Math.min(total - 1, next))), 'replace');
    useKeys({ '[': () => to(version - 1), ']': () => to(version + 1) });
    if (size.failure) return <Trouble failure={size.failure} />;
    if (!size.data) return <p class="dim pad">…</p>;
    if (total === 0) return <Trouble failure={{ text: 'No event is of the entity ' + visible(entity) + '.' }} title="No such stream" />;
    const load = (start: number, n: number, signal: AbortSignal) => askRows(`before=${end}&${named}`, start, n, signal);
    return (
        <section class="fill">
            <header class="title"><h1>{visible(entity)}</h1><p class="sub">{plural(total, 'event')} · <Link to={'/events?' + named}>as a list</Link> · <Link to={compareUrl(entity, '', entity, '')}>compare</Link></p></header>
            <Slider version={version} total={total} to={to} />
            <div class="columns stream">
                <WindowList total={total} of={named} load={load} first={version} label={'Events of ' + visible(entity)}
                    columns={[{ name: 'Version', class: 'sequence' }, { name: 'Time (UTC)', class: 'time' }, { name: 'Kind', class: 'of-kind' }, { name: 'Payload', class: 'payload' }]}
                    row={(event) => event.error ? [<span key="e" role="gridcell" class="broken">{visible(event.error.text)}</span>] : [
                        <span key="v" role="gridcell" class={'sequence' + (event.version === version ? ' here' : '') + (event.version > version ? ' later' : '')}>{count(event.version)}</span>,
                        <span key="t" role="gridcell" class="time">{timeText(event.time)}</span>,
                        <span key="k" role="gridcell" class="of-kind"><Kind kind={event.kind} name={kindText(event)} /></span>,
                        <span key="p" role="gridcell" class="payload"><Preview event={event} /></span>,
                    ]}
                    open={(event) => to(event.version)} />
                <State entity={entity} version={version} />
            </div>
        </section>
    );
}

function Slider(props: { version: number; total: number; to: (version: number) => void }): JSX.Element {
    const [plays, setPlays] = useState(false);
    const at = useRef(props.version);
    at.current = props.version;
    useEffect(() => {
        if (!plays) return;
        const timer = setInterval(() => (at.current + 1 < props.total ? props.to(at.current + 1) : setPlays(false)), 600);
        return () => clearInterval(timer);
    }, [plays, props.total]);
    return (
        <div class="slider">
            <button type="button" aria-label="To the first event" onClick={() => props.to(0)}>|‹</button>
            <button type="button" aria-label="One event back" onClick={() => props.to(props.version - 1)}>‹</button>
            <button type="button" class="play" aria-pressed={plays} onClick={() => { if (!plays && props.version === props.total - 1) props.to(0); setPlays(!plays); }}>{plays ? 'Pause' : 'Play'}</button>
            <button type="button" aria-label="One event on" onClick={() => props.to(props.version + 1)}>›</button>
            <button type="button" aria-label="To the last event" onClick={() => props.to(props.total - 1)}>›|</button>
            <input type="range" min={0} max={props.total - 1} value={props.version} aria-label="Version of the state" onInput={(event) => props.to(Number(event.currentTarget.value))} />
            <output class="mono">v{count(props.version)} <span class="dim">of {count(props.total - 1)}</span></output>
        </div>
    );
}

function State(props: { entity: string; version: number }): JSX.Element {
    const [version, setVersion] = useState(props.version);
    // A slider that moves asks where it rests.
    useEffect(() => {
        const timer = setTimeout(() => setVersion(props.version), 40);
        return () => clearTimeout(timer);
    }, [props.version]);
    const query = new URLSearchParams({ entity: props.entity, version: String(version) });
    const state = useAsk<StateAnswer>('state?' + query.toString());
    const event = useAsk<{ events: EventRow[] }>(`rows?count=1&start=${version}&entity=${encodeURIComponent(props.entity)}`);
    const sequence = event.data?.events[0]?.sequence;
    if (state.failure) return <section class="panel"><Trouble failure={state.failure} /></section>;
    if (!state.data) return <section class="panel"><p class="dim">…</p></section>;
    const fields = Object.entries(state.data.state);
    return (
        <section class="panel state" aria-live="polite">
            <h2>State after v{count(state.data.version)} {sequence !== undefined && <Link to={'/events/' + sequence} class="more">the event</Link>}</h2>
            <dl class="state-fields">
                {fields.map(([name, value]) => {
                    const by = state.data!.set_by[name];
                    return (
                        <div key={name} class={by === sequence ? 'set' : ''}>
                            <dt>{visible(name)}</dt>
                            <dd>{value !== null && typeof value === 'object' && bytesOf(value) === null ? <Tree value={value} /> : <span class="mono">{visible(typeof value === 'string' ? value : JSON.stringify(value))}</span>}</dd>
                            <dd class="by"><Link to={'/events/' + by} label={count(by ?? 0) + ', the event that set ' + visible(name)}>{count(by ?? 0)}</Link></dd>
                        </div>
                    );
                })}
            </dl>
            {state.data.is_cut && <p role="alert">There is more than a page should show: members whose values are too large are left out.</p>}
            <p class="dim">The members of {plural(state.data.events - state.data.passed_over, 'payload')}, merged: the newest value of each, with the event that set it.
                {state.data.passed_over > 0 && ' ' + plural(state.data.passed_over, 'payload') + ' with no members were passed over.'}</p>
        </section>
    );
}

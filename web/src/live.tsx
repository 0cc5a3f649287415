// What is appended now. Nothing is lost in a burst: what comes while the list is paused is kept, and
// what is dropped from the end of a long list is said.
import type { JSX } from 'preact';
import { useEffect, useRef, useState } from 'preact/hooks';
import type { EventRow } from './api';
import { ApiError, listen } from './api';
import { cellsOf, columnsOf } from './event_row';
import { FilterBar } from './events';
import { asFailure, useKeys } from './hooks';
import { Trouble } from './parts';
import { filterOf, go } from './route';
import { count, plural } from './text';

const kShownMax = 200;
const kWaitingMax = 20_000;

export function Live(props: { query: URLSearchParams }): JSX.Element {
    const filter = filterOf(props.query).toString();
    const [rows, setRows] = useState<EventRow[]>([]);
    const [paused, setPaused] = useState(false);
    const [failure, setFailure] = useState<ApiError | null>(null);
    const [note, setNote] = useState('');
    const seen = useRef(0);
    const next = useRef<number | null>(null);
    const waiting = useRef<EventRow[]>([]);
    const isPaused = useRef(false);
    isPaused.current = paused;
    const [, draw] = useState(0);
    const frame = useRef(0);

    const show = () => {
        frame.current = 0;
        if (!isPaused.current && waiting.current.length > 0) {
            const news = waiting.current.splice(0);
            setRows((old) => [...news.slice(-kShownMax).reverse(), ...old].slice(0, kShownMax));
        }
        draw((n) => n + 1);
    };
    useEffect(() => {
        const abort = new AbortController();
        setRows([]);
        seen.current = 0;
        next.current = null;
        const run = async () => {
            while (!abort.signal.aborted) {
                const query = new URLSearchParams(filter);
                if (next.current !== null) query.set('start', String(next.current));
                const text = query.toString();
                try {
                    await listen(text ? '?' + text : '', abort.signal, (message) => {
                        setFailure(null);
                        if (message.corrected !== undefined) {
                            next.current = message.corrected;
                            setNote('The writer took back events from ' + count(message.corrected) + ' on, which it had acknowledged to nobody; what follows is stored in their place.');
                            return;
                        }
                        for (const event of message.events ?? []) if (event.sequence !== undefined) next.current = event.sequence + 1;
                        seen.current += message.events?.length ?? 0;
                        waiting.current.push(...(message.events ?? []));
                        if (waiting.current.length > kWaitingMax) waiting.current.splice(0, waiting.current.length - kWaitingMax);
                        if (!frame.current) frame.current = requestAnimationFrame(show);
                    });
                } catch (error) {
                    if (!abort.signal.aborted) setFailure(asFailure(error));
                }
                if (!abort.signal.aborted) await new Promise((done) => setTimeout(done, 2000));
            }
        };
        void run();
        return () => abort.abort();
    }, [filter]);
    useEffect(show, [paused]);
    useKeys({ ' ': () => setPaused(!paused) });
    return (
        <section class="fill">
            <FilterBar query={props.query} path="/tail" />
            <p class="total" role="status">
                <span class={'pulse' + (paused || failure ? ' off' : '')} aria-hidden="true" />
                {failure ? 'not connected' : paused ? 'paused, ' + plural(waiting.current.length, 'event') + ' waiting' : 'live'} · {plural(seen.current, 'event')} since this page was opened
                {seen.current > rows.length + waiting.current.length && rows.length > 0 && ', the last ' + count(rows.length) + ' shown'}
                <button type="button" class="copy" onClick={() => setPaused(!paused)}>{paused ? 'Go on' : 'Pause'} <kbd>space</kbd></button>
            </p>
            {failure && <Trouble failure={failure} />}
            {note && <p class="pad" role="alert">{note}</p>}
            <div class="grid live" role="grid" aria-label="Live events" aria-rowcount={-1} tabIndex={0}>
                <div class="row head" role="row">{columnsOf([]).map((column) => <span key={column.name} role="columnheader" class={column.class}>{column.name}</span>)}</div>
                {rows.map((event, i) => (
                    <div key={event.sequence ?? 'e' + i} class="row" role="row" onClick={() => event.sequence !== undefined && go('/events/' + event.sequence)}>{cellsOf(event, [])}</div>
                ))}
            </div>
            {rows.length === 0 && !failure && <p class="dim pad">Waiting for what is appended next.</p>}
        </section>
    );
}

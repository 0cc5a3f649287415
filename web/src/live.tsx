// What is appended now. The page says up to which event it was told, which the server says with each
// message: how many lines came says less, since what a writer takes back comes again. Nothing is lost
// in a burst: what comes while the list is paused is kept, and what is dropped is said.
import type { JSX } from 'preact';
import { useEffect, useRef, useState } from 'preact/hooks';
import type { EventRow } from './api';
import { ApiError, listen } from './api';
import { cellsOf, columnsOf } from './event_row';
import { FilterBar } from './events';
import { asFailure, useKeys } from './hooks';
import { Trouble } from './parts';
import { filterOf, go } from './route';
import { count } from './text';

const kShownMax = 200;
const kWaitingMax = 20_000;

export function Live(props: { query: URLSearchParams }): JSX.Element {
    const filter = filterOf(props.query).toString();
    const [rows, setRows] = useState<EventRow[]>([]);
    const [paused, setPaused] = useState(false);
    const [failure, setFailure] = useState<ApiError | null>(null);
    const [note, setNote] = useState('');
    // Everything before this sequence was told; null until the server says where it begins.
    const next = useRef<number | null>(null);
    const waiting = useRef<EventRow[]>([]);
    const dropped = useRef(false);
    const isPaused = useRef(false);
    isPaused.current = paused;
    const [, draw] = useState(0);
    const frame = useRef(0);
    const [shown, setShown] = useState<number | null>(null); // as `next`, of the rows

    const show = () => {
        frame.current = 0;
        if (!isPaused.current) {
            setShown(next.current);
            const news = waiting.current.splice(0);
            if (news.length > 0) setRows((old) => {
                if (news.length + old.length > kShownMax) dropped.current = true;
                return [...news.slice(-kShownMax).reverse(), ...old].slice(0, kShownMax);
            });
        }
        draw((n) => n + 1);
    };
    const later = () => {
        if (!frame.current) frame.current = requestAnimationFrame(show);
    };
    const takeBack = (from: number) => {
        const stays = (event: EventRow) => event.sequence === undefined || event.sequence < from;
        waiting.current = waiting.current.filter(stays);
        setRows((old) => old.filter(stays));
        setNote('The writer took back events from ' + count(from) + ' on, which it had acknowledged to nobody; what follows is stored in their place.');
    };
    useEffect(() => {
        const abort = new AbortController();
        setRows([]);
        waiting.current = [];
        dropped.current = false;
        next.current = null;
        const run = async () => {
            while (!abort.signal.aborted) {
                const query = new URLSearchParams(filter);
                if (next.current !== null) query.set('start', String(next.current));
                const text = query.toString();
                try {
                    await listen(text ? '?' + text : '', abort.signal, (message) => {
                        setFailure(null);
                        if (message.corrected !== undefined) takeBack(message.corrected);
                        if (message.next !== undefined) next.current = message.next;
                        waiting.current.push(...(message.events ?? []));
                        if (waiting.current.length > kWaitingMax) {
                            waiting.current.splice(0, waiting.current.length - kWaitingMax);
                            dropped.current = true;
                        }
                        later();
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
                {failure ? 'not connected' : paused ? 'paused' : 'live'}
                {shown !== null && ' · everything before event ' + count(shown) + ' was looked at'}
                {paused && next.current !== null && next.current !== shown && '; what came since, up to event ' + count(next.current - 1) + ', waits'}
                {dropped.current && rows.length > 0 && ' · the newest ' + count(rows.length) + ' are shown'}
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

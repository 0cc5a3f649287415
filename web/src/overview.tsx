// The first page: what the store is, how it is doing, and what happened last.
import type { JSX } from 'preact';
import type { Counts, EventRow, KindRow, Series, StoreInfo, VerifyAnswer } from './api';
import { cellsOf } from './event_row';
import { useAsk } from './hooks';
import { Bars, Copy, Fact, Kind, Link, Trouble } from './parts';
import { go } from './route';
import { agoText, bytesText, count, kindText, moreThan, plural, timeText } from './text';

export const kBuckets = 120;

// The times of bucket `i` as a filter: a moment in seconds, as the tool takes it.
export function timeOfBucket(series: Series, i: number): string {
    const part = (series.end_us! - series.begin_us!) / series.counts.length;
    const us = i >= series.counts.length ? series.end_us! : Math.floor(series.begin_us! + part * i);
    return '@' + (us / 1e6).toFixed(6);
}

export function Overview(props: { store: StoreInfo; tick: number }): JSX.Element {
    const { store } = props;
    const counts = useAsk<Counts>('counts', store.events);
    const series = useAsk<Series>('series?buckets=' + kBuckets, store.events);
    const kinds = useAsk<{ kinds: KindRow[]; is_complete: boolean }>('catalogue', store.events);
    const last = useAsk<{ events: EventRow[] }>('events?dir=backward&limit=12', store.events);
    const verify = useAsk<VerifyAnswer>('verify', props.tick);
    return (
        <>
            <section class="hero" aria-label="Counts">
                <Big value={count(store.events)} name="events" note={store.last_us === undefined ? 'none yet' : 'the last ' + agoText(store.last_us)} />
                <Big value={counts.data ? (moreThan(counts.data, 'entities') && '> ') + count(counts.data.entities) : '…'} name="entities" note={counts.data ? moreThan(counts.data, 'scopes') + plural(counts.data.scopes, 'scope') + ', ' + moreThan(counts.data, 'tags') + plural(counts.data.tags, 'tag') : ''} />
                <Big value={count(store.durable_events)} name="durable" note={store.durable_events === store.events ? 'all of them' : plural(store.events - store.durable_events, 'event') + ' not yet known to be'} />
                <VerifyBadge answer={verify.data} />
            </section>
            <section class="panel">
                <h2>When</h2>
                {series.data && series.data.counts.length > 0 ? (
                    <>
                        <Bars counts={series.data.counts} height={88} label={'Events over time, in ' + kBuckets + ' parts'}
                            pick={(from, to) => go('/events?since=' + timeOfBucket(series.data!, from) + '&until=' + timeOfBucket(series.data!, to))} />
                        <div class="axis"><span>{store.first_time && timeText(store.first_time)}</span><span class="dim">drag over a part to see its events</span><span>{store.last_time && timeText(store.last_time)}</span></div>
                    </>
                ) : <p class="dim">{series.failure ? series.failure.message : 'No events yet.'}</p>}
            </section>
            <div class="columns">
                <section class="panel">
                    <h2>Kinds</h2>
                    {kinds.failure && <Trouble failure={kinds.failure} />}
                    <Shares kinds={kinds.data?.kinds ?? []} total={store.events} />
                </section>
                <OpenPanel store={store} />
            </div>
            <section class="panel">
                <h2>Last events <Link to="/events" class="more">all events</Link></h2>
                <div class="grid still" role="grid" aria-label="Last events">
                    {(last.data?.events ?? []).map((event) => (
                        <div key={event.sequence} class="row" role="row" tabIndex={0} onClick={() => go('/events/' + event.sequence)}
                            onKeyDown={(key) => key.key === 'Enter' && go('/events/' + event.sequence)}>{cellsOf(event, [])}</div>
                    ))}
                </div>
            </section>
        </>
    );
}

function Big(props: { value: string; name: string; note: string }): JSX.Element {
    return <div class="big"><b>{props.value}</b><span>{props.name}</span><small>{props.note}</small></div>;
}

function VerifyBadge(props: { answer: VerifyAnswer | undefined }): JSX.Element {
    const { answer } = props;
    const done = answer?.state === 'done';
    const [mark, text] = !done ? ['unknown', answer?.state === 'running' ? 'checking…' : 'not checked'] : answer.ok ? ['good', 'whole'] : answer.stopped ? ['unknown', 'stopped'] : ['bad', 'damaged'];
    return (
        <Link to="/verify" class={'big badge ' + mark}>
            <b>{text}</b><span>verification</span>
            <small class="mono">{answer?.root ? 'root ' + answer.root.slice(0, 16) + '…' : 'open to check the whole log'}</small>
        </Link>
    );
}

function Shares(props: { kinds: KindRow[]; total: number }): JSX.Element {
    const kinds = [...props.kinds].sort((a, b) => b.events - a.events).slice(0, 10);
    const most = Math.max(1, ...kinds.map((kind) => kind.events));
    return (
        <ul class="shares">
            {kinds.map((kind) => (
                <li key={kind.kind}>
                    <Link to={'/events?kind=' + kind.kind}><Kind kind={kind.kind} name={kindText(kind)} /></Link>
                    <svg class={'share hue' + 0} viewBox="0 0 100 6" preserveAspectRatio="none" aria-hidden="true"><rect width={(kind.events / most) * 100} height={6} rx={1} /></svg>
                    <span class="number">{count(kind.events)}</span>
                </li>
            ))}
            {props.kinds.length > kinds.length && <li><Link to="/kinds" class="more">all {count(props.kinds.length)} kinds</Link></li>}
        </ul>
    );
}

function OpenPanel(props: { store: StoreInfo }): JSX.Element {
    const { open, stats } = props.store;
    const outcomes: { [outcome: string]: string } = { clean: 'as it should be', created: 'made new', recovered: 'an unfinished end was left out' };
    return (
        <section class="panel">
            <h2>The store</h2>
            <dl class="facts">
                <Fact name="Log"><span class="mono">{props.store.log}</span> <Copy text={props.store.log} label="Copy" /></Fact>
                <Fact name="Opened">{outcomes[open.outcome] ?? open.outcome}, in {(open.took_us / 1000).toFixed(1)} ms</Fact>
                <Fact name="Last writer">{open.was_closed ? 'closed it' : 'did not close it, or has it open'}</Fact>
                {open.torn_tail && <Fact name="Unfinished end">{bytesText(open.torn_tail.bytes)} after offset {count(open.torn_tail.offset)} of segment {open.torn_tail.segment}: no whole events, and nothing says that they were durable</Fact>}
                {open.last_event && <Fact name="Last event">{open.last_event.text}</Fact>}
                <Fact name="Segments">{count(stats?.segments ?? open.segments)}</Fact>
                {stats && <Fact name="Writes, syncs">{count(stats.writes)}, {count(stats.syncs)} since it was opened</Fact>}
                {stats && <Fact name="Index">{bytesText(stats.index_memory_bytes)} of memory</Fact>}
                {stats && <Fact name="Appends">{stats.poisoned ? <strong class="bad">ended by a failed write: reopen the store</strong> : 'work'}</Fact>}
                <Fact name="Written by">{props.store.writes_here ? 'this program' : 'another program, or none'}</Fact>
            </dl>
        </section>
    );
}

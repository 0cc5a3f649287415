// What is different between two moments of the store: the entities that changed, and by how much.
import type { JSX } from 'preact';
import { useEffect, useRef, useState } from 'preact/hooks';
import type { Change, ChangesAnswer } from './api';
import { ApiError, ask } from './api';
import { compareUrl } from './compare';
import { streamUrl } from './event';
import { asFailure } from './hooks';
import { Link, Trouble } from './parts';
import { go, withQuery } from './route';
import { count, moreThan, nameText, plural } from './text';

export function Moments(props: { query: URLSearchParams }): JSX.Element {
    const [from, to] = [props.query.get('from') ?? '', props.query.get('to') ?? ''];
    const [answer, setAnswer] = useState<ChangesAnswer | null>(null);
    const [changes, setChanges] = useState<Change[]>([]);
    const [failure, setFailure] = useState<ApiError | null>(null);
    const alive = useRef(new AbortController());
    const load = (have: Change[]) => {
        const query = new URLSearchParams({ limit: '200' });
        if (from) query.set('from', from);
        if (to) query.set('to', to);
        const last = have.at(-1)?.entity;
        if (typeof last === 'string') query.set('after', last);
        const { signal } = alive.current;
        ask<ChangesAnswer>('changes?' + query.toString(), signal).then(
            (got) => {
                setAnswer(got);
                setChanges([...have, ...got.changes]);
            },
            (error: unknown) => !signal.aborted && setFailure(asFailure(error)),
        );
    };
    useEffect(() => {
        alive.current = new AbortController();
        setAnswer(null);
        setChanges([]);
        setFailure(null);
        load([]);
        return () => alive.current.abort();
    }, [from, to]);
    const submit = (event: Event) => {
        event.preventDefault();
        const form = new FormData(event.currentTarget as HTMLFormElement);
        const next = new URLSearchParams();
        for (const name of ['from', 'to']) {
            const value = String(form.get(name) ?? '').trim();
            if (value) next.set(name, value);
        }
        go(withQuery('/moments', next));
    };
    return (
        <>
            <header class="title"><h1>Moments</h1><p class="sub">what was appended between two moments, by entity</p></header>
            <form class="filter" key={from + ' ' + to} onSubmit={submit} aria-label="Moments">
                <input name="from" aria-label="The earlier moment" placeholder="from: sequence or time" title="A sequence, a time such as 2025-11-22T08:46:14Z, or 2h for so long ago. Nothing: before the first event" defaultValue={from} />
                <input name="to" aria-label="The later moment" placeholder="to: sequence or time" title="As the other; nothing: now" defaultValue={to} />
                <button type="submit">Show</button>
            </form>
            {failure && <Trouble failure={failure} title="These moments cannot be compared" />}
            {!answer && !failure && <p class="dim pad">…</p>}
            {answer && <Changed answer={answer} changes={changes} />}
            {answer?.more && <button type="button" class="wide" onClick={() => load(changes)}>More entities</button>}
        </>
    );
}

function Changed(props: { answer: ChangesAnswer; changes: Change[] }): JSX.Element {
    const { answer } = props;
    if (answer.from === answer.to) return <p class="pad" role="status">Nothing was appended between these moments.</p>;
    // A moment is named by the event that was the latest then.
    const [before, then] = [answer.from > 0 ? String(answer.from - 1) : null, String(answer.to - 1)];
    return (
        <>
            <p class="total" role="status">
                {moreThan(answer, 'events')}{plural(answer.events, 'event')} of {moreThan(answer, 'entities')}{count(answer.entities)} {answer.entities === 1 ? 'entity' : 'entities'}
                <Link to={`/events?from=${answer.from}&before=${answer.to}`}>as a list</Link>
            </p>
            {answer.counted_from !== undefined && <p class="pad" role="alert">To read all that lies between would take too long: what is shown is from event {count(answer.counted_from)} on.</p>}
            {answer.unreadable > 0 && <p class="pad bad" role="alert">{plural(answer.unreadable, 'event')} cannot be read, so that an entity may be missing here.</p>}
            <div class="scroll-x" tabIndex={0} role="region" aria-label="Entities that changed">
                <table>
                    <thead><tr><th scope="col">Entity</th><th scope="col" class="num">Events</th><th scope="col">Versions</th><th scope="col">State</th></tr></thead>
                    <tbody>
                        {props.changes.map((change) => (
                            <tr key={JSON.stringify(change.entity)}>
                                <td>{typeof change.entity === 'string' ? <Link to={streamUrl(change.entity, change.last_version)}>{nameText(change.entity)}</Link> : nameText(change.entity)}</td>
                                <td class="num">{count(change.events)}</td>
                                <td>{change.new ? <strong class="good">new</strong> : 'v' + count(change.first_version)}{change.first_version !== change.last_version && ' to v' + count(change.last_version)}</td>
                                <td>{typeof change.entity === 'string' && <Link to={compareUrl(change.entity, change.new ? null : before, change.entity, then)}>before and after<span class="hidden"> of {nameText(change.entity)}</span></Link>}</td>
                            </tr>
                        ))}
                    </tbody>
                </table>
            </div>
        </>
    );
}

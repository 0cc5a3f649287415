// Two states side by side: of one entity at two moments, or of two entities.
import type { ComponentChildren, JSX } from 'preact';
import type { Json, StateAnswer } from './api';
import { streamUrl } from './event';
import type { Answer } from './hooks';
import { useAsk } from './hooks';
import { Link, Tree, Trouble } from './parts';
import { go, withQuery } from './route';
import { bytesOf, count, plural, visible } from './text';

// Where an entity is to be seen as it was at a moment: a sequence, a time, or nothing for now.
export function compareUrl(a: string, atA: string | null, b: string, atB: string | null): string {
    const query = new URLSearchParams({ a, b });
    if (atA !== null) query.set('at_a', atA);
    else if (a === b) query.set('none_a', '1');
    if (atB !== null) query.set('at_b', atB);
    return '/compare?' + query.toString();
}

interface Side { entity: string; at: string; isNothing: boolean }

function sideOf(query: URLSearchParams, name: 'a' | 'b'): Side {
    return { entity: query.get(name) ?? '', at: query.get('at_' + name) ?? '', isNothing: query.get('none_' + name) === '1' };
}

function pathOf(side: Side): string | null {
    if (!side.entity || side.isNothing) return null;
    const query = new URLSearchParams({ entity: side.entity });
    if (side.at) query.set('at', side.at);
    return 'state?' + query.toString();
}

export function Compare(props: { query: URLSearchParams }): JSX.Element {
    const { query } = props;
    const [a, b] = [sideOf(query, 'a'), sideOf(query, 'b')];
    const answers = [useAsk<StateAnswer>(pathOf(a)), useAsk<StateAnswer>(pathOf(b))] as const;
    const isOnly = query.get('only') === '1';
    const submit = (event: Event) => {
        event.preventDefault();
        const form = new FormData(event.currentTarget as HTMLFormElement);
        const next = new URLSearchParams();
        for (const name of ['a', 'at_a', 'b', 'at_b', 'only']) {
            const value = String(form.get(name) ?? '').trim();
            if (value) next.set(name, value);
        }
        go(withQuery('/compare', next));
    };
    return (
        <>
            <header class="title"><h1>Compare</h1><p class="sub">two entities, or one at two moments</p></header>
            <form class="filter" key={query.toString()} onSubmit={submit} aria-label="What to compare">
                <input name="a" aria-label="Left entity" placeholder="left entity" defaultValue={a.entity} />
                <input name="at_a" class="short" aria-label="Left moment" placeholder="at: now" title="A sequence, or a time; nothing: now" defaultValue={a.at} />
                <input name="b" aria-label="Right entity" placeholder="right entity" defaultValue={b.entity} />
                <input name="at_b" class="short" aria-label="Right moment" placeholder="at: now" title="A sequence, or a time; nothing: now" defaultValue={b.at} />
                <label class="only"><input type="checkbox" name="only" value="1" defaultChecked={isOnly} onChange={(event) => event.currentTarget.form!.requestSubmit()} /> only what differs</label>
                <button type="submit">Compare</button>
            </form>
            {!a.entity || !b.entity ? <p class="pad" role="status">Name two entities, or one twice with two moments. <Link to="/streams">Streams</Link> lists them, and <Link to="/moments">Moments</Link> those that changed.</p>
                : <Both a={a} b={b} answers={answers} isOnly={isOnly} />}
        </>
    );
}

function Head(props: { side: Side; answer: Answer<StateAnswer> }): JSX.Element {
    const { side, answer } = props;
    const state = answer.data;
    return (
        <th scope="col">
            {visible(side.entity)} <small>{side.isNothing ? 'before its first event' : state && !answer.failure ? <Link to={streamUrl(side.entity, state.version)}>v{count(state.version)}{side.at ? ' at ' + visible(side.at) : ' now'}</Link> : ''}</small>
        </th>
    );
}

function Value(props: { value: Json | undefined }): JSX.Element {
    const { value } = props;
    if (value === undefined) return <span class="dim">not there</span>;
    if (value !== null && typeof value === 'object' && bytesOf(value) === null) return <Tree value={value} />;
    return <span class="mono break">{visible(typeof value === 'string' ? value : JSON.stringify(value))}</span>;
}

function Both(props: { a: Side; b: Side; answers: readonly [Answer<StateAnswer>, Answer<StateAnswer>]; isOnly: boolean }): JSX.Element {
    const { a, b, answers: [left, right] } = props;
    // An entity that is not there has no state, and that is no fault.
    const faults = [left, right].filter((answer) => answer.failure && answer.failure.status !== 404);
    if (faults.length > 0) return <>{faults.map((answer, i) => <Trouble key={i} failure={answer.failure!} title="A state cannot be shown" />)}</>;
    if ((!left.data && left.loading) || (!right.data && right.loading)) return <p class="dim pad">…</p>;
    const stateOf = (answer: Answer<StateAnswer>): { [name: string]: Json } => (answer.failure || !answer.data ? {} : answer.data.state);
    const [of, to] = [stateOf(left), stateOf(right)];
    const names = [...new Set([...Object.keys(of), ...Object.keys(to)])].sort();
    const differs = (name: string) => JSON.stringify(of[name]) !== JSON.stringify(to[name]);
    const different = names.filter(differs);
    const shown = props.isOnly ? different : names;
    const missing: ComponentChildren[] = [];
    for (const [side, answer] of [[a, left], [b, right]] as const) {
        if (answer.failure) missing.push(<p key={side.at + side.entity} class="pad" role="status">{visible(side.entity)} had no event{side.at && ' at ' + visible(side.at)}: {answer.failure.message}</p>);
    }
    const isCut = left.data?.is_cut || right.data?.is_cut;
    return (
        <>
            {missing}
            <p class="total" role="status">{different.length === 0 ? 'Both are the same.' : plural(different.length, 'field') + ' of ' + count(names.length) + (different.length === 1 ? ' differs' : ' differ')}</p>
            {isCut && <p role="alert" class="pad">There is more than a page should show: members whose values are too large are left out.</p>}
            <div class="scroll-x" tabIndex={0} role="region" aria-label="Both states">
                <table class="compare">
                    <thead><tr><th scope="col">Field</th><th scope="col"><span class="hidden">Whether it differs</span></th><Head side={a} answer={left} /><Head side={b} answer={right} /></tr></thead>
                    <tbody>{shown.map((name) => (
                        <tr key={name} class={differs(name) ? 'differs' : undefined}>
                            <th scope="row">{visible(name)}</th><td>{differs(name) && <span title="differs" role="img" aria-label="differs">≠</span>}</td>
                            <td><Value value={of[name]} /></td><td><Value value={to[name]} /></td>
                        </tr>
                    ))}</tbody>
                </table>
            </div>
        </>
    );
}

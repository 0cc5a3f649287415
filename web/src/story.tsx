// The story of an event: which events caused which, as a drawing and as a list.
import type { JSX } from 'preact';
import { useMemo, useRef, useState } from 'preact/hooks';
import type { GraphAnswer } from './api';
import type { Layout, Placed } from './graph_layout';
import { layoutOf } from './graph_layout';
import { useAsk } from './hooks';
import { Kind, Link, Trouble } from './parts';
import { go } from './route';
import { count, hue, kindText, nameText, plural, timeText } from './text';

const kWidth = 208;
const kHeight = 44;
const kColumn = kWidth + 44;
const kRow = kHeight + 14;
const kEdge = 30;
const kLetters = 26;

const shortened = (text: string): string => (text.length > kLetters ? text.slice(0, kLetters - 1) + '…' : text);
const left = (at: Placed): number => kEdge + at.column * kColumn;
const top = (at: Placed): number => 8 + at.row * kRow;

export function StoryPage(props: { id: string; title: string }): JSX.Element {
    const answer = useAsk<GraphAnswer>('events/' + encodeURIComponent(props.id) + '/graph');
    const graph = answer.data;
    const layout = useMemo(() => graph && layoutOf(graph), [graph]);
    return (
        <>
            <header class="title">
                <h1>Story of event {graph ? count(graph.asked) : props.id}</h1>
                {graph && <p class="sub">{plural(graph.nodes.length, 'event')} · <Link to={'/events/' + graph.asked}>the event</Link> · <Link to={'/events?correlation=' + graph.story}>the story as a list of {plural(graph.story_events, 'event')}</Link></p>}
            </header>
            {answer.failure && <Trouble failure={answer.failure} title="This story cannot be shown" />}
            {!graph && !answer.failure && <p class="dim pad">…</p>}
            {graph && layout && !answer.failure && (
                <>
                    {!graph.whole && <p class="pad" role="status">There is more than can be drawn: these are the {count(graph.nodes.length)} nearest to the event. <code class="command">batpak graph {props.title || 'DIR'} --correlation {graph.story} --limit N</code> writes more for other programs.</p>}
                    {graph.unreadable > 0 && <p class="pad bad" role="alert">{plural(graph.unreadable, 'event')} cannot be read, so that a part of the story may be missing here.</p>}
                    {graph.nodes.length === 1 && <p class="dim pad" role="status">Nothing that the store has caused this event, it caused nothing, and no other event is of its story.</p>}
                    <Drawing layout={layout} asked={graph.asked} />
                    <details class="panel as-list"><summary>As a list</summary><Listed layout={layout} /></details>
                </>
            )}
        </>
    );
}

// What a node is called; its title, so that it is shown as well.
function wordsOf(at: Placed): string {
    const cause = at.cause !== undefined ? 'caused by event ' + count(at.cause) : at.node.cause_outside ? 'its cause is not shown' : 'without a cause';
    return `${kindText(at.node)}, event ${count(at.node.sequence)} of ${nameText(at.node.entity)}, ${cause}`;
}

// Arrows go along the causes and through the rows; Tab leaves the drawing.
function Drawing(props: { layout: Layout; asked: number }): JSX.Element {
    const { placed, of, columns, rows } = props.layout;
    const [active, setActive] = useState(props.asked);
    const box = useRef<SVGSVGElement>(null);
    const to = (sequence: number | undefined) => {
        if (sequence === undefined) return;
        setActive(sequence);
        box.current?.querySelector<SVGAElement>('#node-' + sequence)?.focus();
    };
    const beside = (at: Placed, step: number): number | undefined => {
        const row = placed.filter((other) => other.row === at.row + step);
        return row.sort((a, b) => Math.abs(a.column - at.column) - Math.abs(b.column - at.column))[0]?.node.sequence;
    };
    const pressed = (event: KeyboardEvent) => {
        const at = of.get(active);
        if (!at || event.ctrlKey || event.metaKey || event.altKey) return;
        const keys: { [key: string]: () => number | undefined } = {
            ArrowLeft: () => at.cause, ArrowRight: () => at.effects[0], ArrowUp: () => beside(at, -1), ArrowDown: () => beside(at, 1),
            Home: () => placed[0]?.node.sequence, End: () => placed.at(-1)?.node.sequence,
        };
        const move = keys[event.key];
        if (!move) return;
        to(move());
        event.preventDefault();
    };
    // What is lit lies above what is not.
    const isLit = (at: Placed) => Number(at.side !== '');
    const edges = [...placed].sort((a, b) => isLit(a) - isLit(b));
    const width = kEdge + (columns - 1) * kColumn + kWidth + 12;
    const height = 16 + (rows - 1) * kRow + kHeight;
    return (
        <div class="scroll-x story">
            <svg ref={box} width={width} height={height} viewBox={`0 0 ${width} ${height}`} role="group" aria-label={'Which of ' + plural(placed.length, 'event') + ' caused which; arrow keys move along'} onKeyDown={pressed}>
                {edges.map((at) => <Edge key={at.node.sequence} at={at} cause={at.cause === undefined ? undefined : of.get(at.cause)} />)}
                {placed.map((at) => <Node key={at.node.sequence} at={at} active={at.node.sequence === active} focused={() => setActive(at.node.sequence)} />)}
            </svg>
        </div>
    );
}

function Edge(props: { at: Placed; cause: Placed | undefined }): JSX.Element | null {
    const { at, cause } = props;
    const y = top(at) + kHeight / 2;
    if (!cause) return at.node.cause_outside ? <path class="edge outside" d={`M${left(at) - 22} ${y}H${left(at)}`} /> : null;
    const lit = at.side === 'below' || (cause.side === 'way' && at.side !== '') ? ' lit' : '';
    const from = [left(cause) + kWidth, top(cause) + kHeight / 2] as const;
    // Of a circle one edge goes back, under the boxes.
    if (at.column <= cause.column) return <path class={'edge outside' + lit} d={`M${from[0]} ${from[1]}c24 0 24 26 0 26H${left(at) - 14}c-14 0 -14 ${y - from[1] - 26} 14 ${y - from[1] - 26}`} />;
    const middle = left(at) - 22;
    return <path class={'edge' + lit} d={`M${from[0]} ${from[1]}H${middle}V${y}H${left(at)}`} />;
}

function Node(props: { at: Placed; active: boolean; focused: () => void }): JSX.Element {
    const { at } = props;
    const url = '/events/' + at.node.sequence;
    const click = (event: MouseEvent) => {
        if (event.ctrlKey || event.metaKey || event.shiftKey || event.button !== 0) return;
        event.preventDefault();
        go(url);
    };
    return (
        <g transform={`translate(${left(at)} ${top(at)})`}><a id={'node-' + at.node.sequence} href={url} class={'node hue' + hue(at.node.kind) + ' ' + at.side} tabIndex={props.active ? 0 : -1} aria-current={at.side === 'asked' ? 'true' : undefined}
            onClick={click} onFocus={props.focused}>
            <title>{wordsOf(at) + ', ' + timeText(at.node.time) + ' UTC'}</title>
            <rect class="box" width={kWidth} height={kHeight} rx={6} />
            <rect class="mark" x={10} y={11} width={8} height={8} rx={2} />
            <text x={25} y={19} class="of-kind">{shortened(kindText(at.node))}</text>
            <text x={10} y={35} class="of-entity">{shortened(count(at.node.sequence) + ' · ' + nameText(at.node.entity))}</text>
        </a></g>
    );
}

function Listed(props: { layout: Layout }): JSX.Element {
    const bySequence = [...props.layout.placed].sort((a, b) => a.node.sequence - b.node.sequence);
    return (
        <ol class="plain">
            {bySequence.map((at) => (
                <li key={at.node.sequence}>
                    <Link to={'/events/' + at.node.sequence}><span class="mono">{count(at.node.sequence)}</span> <Kind kind={at.node.kind} name={kindText(at.node)} /></Link>{' '}
                    {nameText(at.node.entity)} v{count(at.node.version)} <small>{timeText(at.node.time)}
                        {at.cause !== undefined && <> · caused by <Link to={'/events/' + at.cause}>{count(at.cause)}</Link></>}
                        {at.node.cause_outside && <> · its cause <span class="mono break">{at.node.cause_outside}</span> is not shown</>}</small>
                    {at.side === 'asked' && <strong> ← this one</strong>}
                </li>
            ))}
        </ol>
    );
}

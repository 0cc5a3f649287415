// What several pages are made of.
import type { ComponentChildren, JSX } from 'preact';
import { useState } from 'preact/hooks';
import type { ApiError, Failure, Json } from './api';
import { bytesOf, count, hue, visible } from './text';
import { go } from './route';

// A link within the page: a click changes the URL and loads nothing.
export function Link(props: { to: string; class?: string; current?: boolean; label?: string; children: ComponentChildren }): JSX.Element {
    const click = (event: MouseEvent) => {
        if (event.ctrlKey || event.metaKey || event.shiftKey || event.button !== 0) return;
        event.preventDefault();
        go(props.to);
    };
    return (
        <a href={props.to} class={props.class} aria-current={props.current ? 'page' : undefined} aria-label={props.label} onClick={click}>
            {props.children}
        </a>
    );
}

export function Kind(props: { kind: string; name: string }): JSX.Element {
    return <span class={'kind hue' + hue(props.kind)} title={props.kind}><i aria-hidden="true" /><b>{props.name}</b></span>;
}

export function Copy(props: { text: string; label: string }): JSX.Element {
    const [done, set] = useState(false);
    const copy = () => {
        void navigator.clipboard.writeText(props.text).then(() => {
            set(true);
            setTimeout(() => set(false), 1500);
        });
    };
    return <button type="button" class="copy" onClick={copy}>{done ? 'Copied' : props.label}</button>;
}

export function Trouble(props: { failure: ApiError | Failure; title?: string }): JSX.Element {
    const failure = 'failure' in props.failure ? props.failure.failure : props.failure;
    return (
        <div class="trouble" role="alert">
            <strong>{props.title ?? failure.code ?? 'This cannot be shown'}</strong>
            <p>{visible(failure.text)}</p>
        </div>
    );
}

export function Fact(props: { name: string; children: ComponentChildren }): JSX.Element {
    return <div class="fact"><dt>{props.name}</dt><dd>{props.children}</dd></div>;
}

// How many of the members of a value are shown before somebody asks for all.
const kMembersMax = 200;

export function Tree(props: { value: Json; changed?: (path: string) => boolean }): JSX.Element {
    return <div class="tree"><Value value={props.value} depth={0} /></div>;
}

function Value(props: { value: Json; depth: number }): JSX.Element {
    const { value } = props;
    const [all, showAll] = useState(false);
    const hex = bytesOf(value);
    if (hex !== null) return <span class="bytes" title={count(hex.length / 2) + ' bytes'}>{hex.length > 256 ? hex.slice(0, 256) + '…' : hex || 'no bytes'}</span>;
    if (value === null || typeof value !== 'object') return <Scalar value={value} />;
    const isArray = Array.isArray(value);
    const members: [string, Json][] = isArray ? value.map((inner, i) => [String(i), inner]) : Object.entries(value);
    if (members.length === 0) return <span class="punct">{isArray ? '[ ]' : '{ }'}</span>;
    const shown = all ? members : members.slice(0, kMembersMax);
    const list = (
        <ul>
            {shown.map(([name, inner]) => (
                <li key={name}><span class={isArray ? 'index' : 'name'}>{visible(name)}</span><Value value={inner} depth={props.depth + 1} /></li>
            ))}
            {shown.length < members.length && (
                <li><button type="button" class="copy" onClick={() => showAll(true)}>all {count(members.length)}</button></li>
            )}
        </ul>
    );
    if (props.depth === 0) return list;
    return (
        <details open={props.depth < 4}>
            <summary>{isArray ? count(members.length) + (members.length === 1 ? ' item' : ' items') : count(members.length) + (members.length === 1 ? ' member' : ' members')}</summary>
            {list}
        </details>
    );
}

function Scalar(props: { value: null | boolean | number | string }): JSX.Element {
    const { value } = props;
    if (typeof value === 'string') return <span class="text">{visible(value) || <em>empty text</em>}</span>;
    return <span class={typeof value === 'number' ? 'number' : 'word'}>{String(value)}</span>;
}

// Bars of counts over time. Drawn with attributes, since the page allows no inline styles.
export function Bars(props: { counts: number[]; label: string; height: number; pick?: ((from: number, to: number) => void) | undefined }): JSX.Element {
    const [drag, setDrag] = useState<[number, number] | null>(null);
    const max = Math.max(1, ...props.counts);
    const n = Math.max(1, props.counts.length);
    const at = (event: PointerEvent) => {
        const box = (event.currentTarget as Element).getBoundingClientRect();
        return Math.min(n - 1, Math.max(0, Math.floor(((event.clientX - box.left) / box.width) * n)));
    };
    const { pick } = props;
    const mouse = pick && {
        onPointerDown: (event: PointerEvent) => setDrag([at(event), at(event)]),
        onPointerMove: (event: PointerEvent) => drag && setDrag([drag[0], at(event)]),
        onPointerUp: () => {
            if (drag) pick(Math.min(...drag), Math.max(...drag) + 1);
            setDrag(null);
        },
        onPointerLeave: () => setDrag(null),
    };
    return (
        <svg class={'bars' + (pick ? ' pick' : '')} viewBox={`0 0 ${n * 4} ${props.height}`} preserveAspectRatio="none" height={props.height} role="img" aria-label={props.label} {...mouse}>
            {drag && <rect class="drag" x={Math.min(...drag) * 4} y={0} width={(Math.abs(drag[0] - drag[1]) + 1) * 4} height={props.height} />}
            {props.counts.map((value, i) => {
                const height = value === 0 ? 0 : Math.max(1.5, (value / max) * (props.height - 2));
                return <rect key={i} x={i * 4 + 0.4} y={props.height - height} width={3.2} height={height} />;
            })}
        </svg>
    );
}

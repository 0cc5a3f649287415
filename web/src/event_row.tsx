// An event as a row, the same in each list.
import type { JSX } from 'preact';
import type { EventRow, Json } from './api';
import { Kind } from './parts';
import { count, kindText, nameText, preview, timeText, visible } from './text';

export function columnsOf(fields: string[]): { name: string; class: string }[] {
    return [
        { name: 'Sequence', class: 'sequence' }, { name: 'Time (UTC)', class: 'time' }, { name: 'Kind', class: 'of-kind' },
        { name: 'Entity', class: 'entity' }, { name: 'Scope', class: 'scope' },
        ...fields.map((field) => ({ name: field, class: 'field' })),
        { name: 'Payload', class: 'payload' },
    ];
}

function fieldOf(payload: Json | undefined, path: string): string {
    let value = payload;
    for (const step of path.split('.')) {
        if (value === null || typeof value !== 'object') return '';
        value = Array.isArray(value) ? value[Number(step)] : value[step];
        if (value === undefined) return '';
    }
    return visible(typeof value === 'string' ? value : JSON.stringify(value));
}

export function Preview(props: { event: EventRow }): JSX.Element {
    return <>{preview(props.event).map(([name, value], i) => <span key={i}>{name && <i>{name}</i>}{value}</span>)}</>;
}

export function cellsOf(event: EventRow, fields: string[]): JSX.Element[] {
    if (event.error) {
        return [
            <span key="s" role="gridcell" class="sequence">{event.sequence === undefined ? '?' : count(event.sequence)}</span>,
            <span key="e" role="gridcell" class="broken">{visible(event.error.text)}</span>,
        ];
    }
    return [
        <span key="s" role="gridcell" class="sequence">{count(event.sequence)}</span>,
        <span key="t" role="gridcell" class="time">{timeText(event.time)}</span>,
        <span key="k" role="gridcell" class="of-kind"><Kind kind={event.kind} name={kindText(event)} /></span>,
        <span key="n" role="gridcell" class="entity">{nameText(event.entity)}<small> v{event.version}</small></span>,
        <span key="p" role="gridcell" class="scope">{nameText(event.scope)}</span>,
        ...fields.map((field) => <span key={'f' + field} role="gridcell" class="field">{fieldOf(event.payload, field)}</span>),
        <span key="j" role="gridcell" class="payload"><Preview event={event} /></span>,
    ];
}

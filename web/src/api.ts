// What the server answers, and how it is asked. The token comes in the fragment of the URL, which no
// browser sends on; from then on it lives in this tab alone.

export interface Failure {
    code?: string;
    class?: string;
    place?: string;
    offset?: number;
    sequence?: number;
    text: string;
}

export type Json = null | boolean | number | string | Json[] | { [name: string]: Json };

// An event, or why it cannot be read. Names that are no UTF-8 are {"$bytes": hex}.
export interface EventRow {
    sequence: number;
    error?: Failure;
    version: number;
    id: string;
    kind: string;
    kind_name?: Json;
    entity: Json;
    scope: Json;
    time: string;
    hlc_us: number;
    correlation?: string;
    causation?: string;
    durable: boolean;
    hash?: string;
    metadata?: Json;
    tags?: Json[];
    payload?: Json;
    payload_bytes?: number;
    [member: string]: Json | Failure | undefined;
}

export interface Reference { sequence: number; kind: string; entity: Json; version: number; error?: Failure }
export interface Links {
    previous?: Reference; next?: Reference; cause?: Reference;
    effects: Reference[]; effects_count: number; story: string; story_events: number;
}
export interface SegmentRow {
    segment: number; file: Json; state: string; first?: number; end?: number; bytes: number; frame_bytes?: number; problem?: Failure; erased?: number;
    index: { file: Json; first: number; end: number; bytes: number }[];
}
export interface SegmentsAnswer {
    total: number; start: number; segments: SegmentRow[]; manifest_problem?: Failure; index_problems?: { file: Json; problem: Failure }[]; index_problem?: Failure;
    index_is_cut: boolean; erased_problem?: Failure; erased_is_cut: boolean;
}
// Where somebody who takes events is. `behind` counts what is not taken; `region` selects what it takes, as a filter does.
export interface Place {
    id: Json; error?: Failure; position: number; behind: number; behind_is: 'exact' | 'at_most' | 'more_than'; region?: { [name: string]: string };
    waiting?: number; waiting_time?: string; waiting_us?: number; written_by: number; written_time: string; written_us: number; writes: number;
}
export interface CursorRow extends Place { is_reactor: boolean; begin: number; delivered: number; skipped: number; failed?: number; failed_last?: number; failed_reason?: Json }
export interface GroupRow extends Place { is_whole: boolean; retried: number; parked: number; parked_first: { sequence: number; attempts: number; reason: Json }[] }
export interface ModelRow { id: Json; error?: Failure; version: number; replaced: number; position_then: number; written_by: number; written_time: string }
export interface DeliveryAnswer { events: number; cursors: CursorRow[]; groups: GroupRow[]; read_models: ModelRow[]; is_cut: boolean }
export interface GatesAnswer { gate_set?: Json; passed?: Json[]; judged_end?: number; bypassed?: Json; justification?: Json }
export interface Change { entity: Json; events: number; first_version: number; last_version: number; new: boolean }
export interface ChangesAnswer {
    from: number; to: number; events: number; entities: number; unreadable: number; more_than: string[]; counted_from?: number; changes: Change[]; more: boolean;
}
export interface GraphNode { sequence: number; kind: string; kind_name?: Json; entity: Json; version: number; time: string; cause_outside?: string }
// `edges` are [cause, effect]; `unreadable` events would be nodes, too.
export interface GraphAnswer {
    asked: number; story: string; story_events: number; nodes: GraphNode[]; edges: [number, number][]; whole: boolean; unreadable: number;
}
export interface StoreInfo {
    version: string; title: string; log: string; events: number; durable_events: number; writes_here: boolean;
    first_time?: string; last_time?: string; first_us?: number; last_us?: number;
    open: {
        outcome: string; was_closed: boolean; events: number; segments: number; frames_scanned: number; took_us: number;
        torn_tail?: { segment: number; offset: number; bytes: number }; last_event?: Failure;
    };
    stats?: {
        segments: number; writes: number; syncs: number; indexes_rebuilt: number; index_memory_bytes: number;
        subscriptions: number; poisoned: boolean;
    };
}
export interface Stream {
    entity: Json; events: number; last_sequence?: number; last_kind?: string; last_time?: string; scope?: Json; error?: Failure;
}
export interface KindRow {
    kind: string; kind_name?: Json; first: number; events: number;
    versions: { payload_version: number; kind_name: Json; shape?: Json; fields: { name: string; type: string }[] }[];
}
export interface StateAnswer {
    entity: Json; version: number; last_version: number; events: number; passed_over: number;
    state: { [name: string]: Json }; set_by: { [name: string]: number }; is_cut: boolean;
}
// `more_than` names the members that are lower bounds, because to count on would read too much.
export interface Counts { entities: number; scopes: number; tags: number; more_than: string[] }
export interface Rows { total: number; more_than: string[]; events: EventRow[]; is_cut: boolean }
export interface Series { begin_us?: number; end_us?: number; counts: number[]; counted_from?: number }
export interface VerifyAnswer {
    state: 'none' | 'running' | 'done'; ok?: boolean; events?: number; events_total?: number; segments?: number; bytes?: number;
    stopped?: boolean; hashes_checked?: boolean; root?: string; damage?: Failure; error?: Failure;
}

export class ApiError extends Error {
    constructor(readonly status: number, readonly failure: Failure) {
        super(failure.text);
    }
}

const kTokenKey = 'batpak-token';

export function takeToken(): void {
    const match = /^#t=([0-9A-Za-z]+)$/.exec(location.hash);
    if (match?.[1]) {
        sessionStorage.setItem(kTokenKey, match[1]);
        history.replaceState(null, '', location.pathname + location.search);
    }
}

async function request(path: string, init: RequestInit): Promise<Response> {
    const headers = { Authorization: 'Bearer ' + (sessionStorage.getItem(kTokenKey) ?? '') };
    let reply: Response;
    try {
        reply = await fetch('/api/v1/' + path, { ...init, headers });
    } catch (failure) {
        if (init.signal?.aborted) throw failure;
        throw new ApiError(0, { text: 'The server does not answer: it may have ended.' });
    }
    if (!reply.ok) {
        const body = (await reply.json().catch(() => null)) as { error?: Failure } | null;
        throw new ApiError(reply.status, body?.error ?? { text: 'HTTP ' + reply.status });
    }
    return reply;
}

export async function ask<T>(path: string, signal?: AbortSignal): Promise<T> {
    return (await (await request(path, signal ? { signal } : {})).json()) as T;
}

export async function post<T>(path: string): Promise<T> {
    return (await (await request(path, { method: 'POST' })).json()) as T;
}

// Gives a file to the browser to keep; returns where the next part of it begins, if there is one.
export async function download(path: string, name: string): Promise<number | null> {
    const reply = await request(path, {});
    const url = URL.createObjectURL(await reply.blob());
    const link = document.createElement('a');
    link.href = url;
    link.download = name;
    link.click();
    setTimeout(() => URL.revokeObjectURL(url), 60_000);
    const next = reply.headers.get('x-batpak-next');
    return next === null ? null : Number(next);
}

// Rows [start, start + n): an answer that is cut for its size is asked for again where it ended.
export async function askRows(query: string, start: number, n: number, signal: AbortSignal): Promise<EventRow[]> {
    const rows: EventRow[] = [];
    for (;;) {
        const answer = await ask<Rows>(`rows?start=${start + rows.length}&count=${n - rows.length}&${query}`, signal);
        rows.push(...answer.events);
        if (!answer.is_cut || answer.events.length === 0) return rows;
    }
}

// `next` is the sequence before which everything was told, or had nothing to tell.
export interface TailMessage { events?: EventRow[]; corrected?: number; next?: number }

// Reads a stream of messages until it ends or is aborted. Not EventSource, which sends no headers.
export async function listen(query: string, signal: AbortSignal, take: (message: TailMessage) => void): Promise<void> {
    const reply = await request('tail' + query, { signal });
    const reader = reply.body!.pipeThrough(new TextDecoderStream()).getReader();
    let text = '';
    for (;;) {
        const { done, value } = await reader.read();
        if (done) return;
        text += value;
        for (let end = text.indexOf('\n\n'); end >= 0; end = text.indexOf('\n\n')) {
            const lines = text.slice(0, end).split('\n');
            text = text.slice(end + 2);
            const of = (name: string) => lines.find((line) => line.startsWith(name))?.slice(name.length);
            const data = of('data: ');
            const beat = of(': ');
            if (data === undefined) {
                if (beat !== undefined) take({ next: Number(beat) });
                continue;
            }
            const value = JSON.parse(data) as EventRow[] | { from: number };
            take(Array.isArray(value) ? { events: value, next: Number(of('id: ')) + 1 } : { corrected: value.from, next: value.from });
        }
    }
}

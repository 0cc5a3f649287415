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
    state: { [name: string]: Json }; set_by: { [name: string]: number };
}
export interface Series { begin_us?: number; end_us?: number; counts: number[] }
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

export interface TailMessage { events?: EventRow[]; corrected?: number }

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
            const data = lines.find((line) => line.startsWith('data: '));
            if (!data) continue;
            const value = JSON.parse(data.slice(6)) as EventRow[] | { from: number };
            take(Array.isArray(value) ? { events: value } : { corrected: value.from });
        }
    }
}

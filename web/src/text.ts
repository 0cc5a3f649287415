// Values as people read them. What a store holds reaches the page as text and nothing else.
import type { EventRow, Json } from './api';

const kHidden = /[\u0000-\u001f\u007f-\u009f\u00ad\u061c\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff\ufff9-\ufffb]/g;

// Control characters, and those that hide or turn text, as escapes.
export function visible(text: string): string {
    return text.replace(kHidden, (c) => '\\u{' + c.codePointAt(0)!.toString(16) + '}');
}

export function bytesOf(value: Json | undefined): string | null {
    if (value === null || typeof value !== 'object' || Array.isArray(value)) return null;
    const hex = value['$bytes'];
    return typeof hex === 'string' && Object.keys(value).length === 1 ? hex : null;
}

export function nameText(value: Json | undefined): string {
    if (typeof value === 'string') return visible(value);
    const hex = bytesOf(value);
    return hex === null ? '' : 'bytes ' + (hex.length > 24 ? hex.slice(0, 24) + '…' : hex);
}

export function kindText(event: { kind: string; kind_name?: Json }): string {
    return event.kind_name ? nameText(event.kind_name) : event.kind;
}

// The members of a payload for one line, at most so many characters of them; a payload without
// members is one value without a name.
export function preview(event: EventRow, max = 240): [string, string][] {
    if (event.payload === undefined) return [['', event.payload_bytes ? bytesText(event.payload_bytes) : '']];
    const value = event.payload;
    if (value === null || typeof value !== 'object' || Array.isArray(value) || bytesOf(value) !== null) return [['', short(JSON.stringify(value), max)]];
    const members: [string, string][] = [];
    let left = max;
    for (const [name, inner] of Object.entries(value)) {
        const text = short(typeof inner === 'string' ? inner : JSON.stringify(inner), Math.max(0, left));
        members.push([short(name, 40), text]);
        if ((left -= name.length + text.length) <= 0) break;
    }
    return members;
}

function short(text: string, max: number): string {
    return visible(text.length > max ? text.slice(0, max) + '…' : text);
}

const kCount = new Intl.NumberFormat('en-GB');
export const count = (n: number): string => kCount.format(n);
// What stands before a number that is a lower bound.
export const moreThan = (answer: { more_than: string[] }, name: string): string => (answer.more_than.includes(name) ? 'more than ' : '');
export const plural = (n: number, noun: string): string => count(n) + ' ' + noun + (n === 1 ? '' : 's');

export function bytesText(bytes: number): string {
    let value = bytes;
    for (const unit of ['B', 'KiB', 'MiB', 'GiB']) {
        if (value < 1024 || unit === 'GiB') return (unit === 'B' ? value : value.toFixed(1)) + ' ' + unit;
        value /= 1024;
    }
    return '';
}

// "2026-11-30 16:37:46.255": the same length for all, so that a column is calm.
export function timeText(time: string): string {
    return time.startsWith('@') ? time : time.slice(0, 10) + ' ' + time.slice(11, 23);
}

export function agoText(us: number): string {
    const s = Math.max(0, Date.now() / 1000 - us / 1e6);
    if (s < 60) return Math.floor(s) + ' s ago';
    if (s < 3600) return Math.floor(s / 60) + ' min ago';
    if (s < 86400) return Math.floor(s / 3600) + ' h ago';
    return Math.floor(s / 86400) + ' days ago';
}

// A kind has the same colour on each page and in each run: one of eight, by its number.
export function hue(kind: string): number {
    const number = Number.parseInt(kind, 16) || 0;
    return (number ^ (number >> 12)) % 8;
}

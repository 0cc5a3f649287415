// Where the events of a graph are drawn: effects to the right of their cause, the first in its row and
// each further one below. A row therefore is a way from an origin to an end.
import type { GraphAnswer, GraphNode } from './api';

export interface Placed { node: GraphNode; column: number; row: number; cause?: number; effects: number[]; side: '' | 'asked' | 'way' | 'below' }
export interface Layout { placed: Placed[]; of: Map<number, Placed>; columns: number; rows: number }

export function layoutOf(answer: GraphAnswer): Layout {
    const of = new Map<number, Placed>(answer.nodes.map((node) => [node.sequence, { node, column: 0, row: 0, effects: [], side: '' }]));
    for (const [cause, effect] of answer.edges) {
        const [above, below] = [of.get(cause), of.get(effect)];
        if (!above || !below) continue;
        above.effects.push(effect);
        below.cause = cause;
    }
    const placed: Placed[] = [];
    const seen = new Set<number>();
    let rows = 0;
    let columns = 0;
    // Without calls within calls: a chain may be as long as the graph. A row begins when a place is taken
    // that is not right of the one before.
    const place = (origin: Placed) => {
        const waiting: [Placed, number][] = [[origin, 0]];
        for (let fresh = true; waiting.length > 0;) {
            const [at, column] = waiting.pop()!;
            if (seen.has(at.node.sequence)) continue;
            seen.add(at.node.sequence);
            if (fresh) ++rows;
            at.column = column;
            at.row = rows - 1;
            placed.push(at);
            columns = Math.max(columns, column + 1);
            const next = at.effects.filter((effect) => !seen.has(effect));
            for (const effect of [...next].reverse()) waiting.push([of.get(effect)!, column + 1]);
            fresh = next.length === 0;
        }
    };
    for (const at of of.values()) if (at.cause === undefined) place(at);
    // What is left causes itself in a circle: it begins somewhere.
    for (const at of of.values()) if (!seen.has(at.node.sequence)) place(at);
    mark(of, answer.asked);
    return { placed, of, columns, rows };
}

// Why the event exists, and what exists because of it.
function mark(of: Map<number, Placed>, asked: number): void {
    const below = [...(of.get(asked)?.effects ?? [])];
    for (let effect = below.pop(); effect !== undefined; effect = below.pop()) {
        const at = of.get(effect)!;
        if (at.side !== '') continue;
        at.side = 'below';
        below.push(...at.effects);
    }
    for (let at = of.get(asked); at && at.side !== 'way'; at = at.cause === undefined ? undefined : of.get(at.cause)) at.side = 'way';
    const self = of.get(asked);
    if (self) self.side = 'asked';
}

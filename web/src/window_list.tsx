// A list of any length of which only the rows in sight exist.
//
// An element of a browser ends at some 16 million pixels, which a million rows exceed. So the list is
// at most kHeightMax tall, and where that is too short, the place of the scrollbar stands for more than
// its pixels: the wheel and the keys then move by rows, and only a dragged bar moves by its scale.
import type { JSX } from 'preact';
import { useEffect, useLayoutEffect, useRef, useState } from 'preact/hooks';

export const kRowHeight = 28;
const kHeightMax = 8_000_000;
const kPage = 100;
const kHeadHeight = 30;

interface Props<T> {
    total: number;
    // Rows [start, start + count) in the order in which they are shown.
    load: (start: number, count: number, signal: AbortSignal) => Promise<T[]>;
    // Changes when other rows are meant: what was loaded is forgotten.
    of: string;
    row: (item: T) => JSX.Element[];
    open: (item: T) => void;
    columns: { name: string; class: string }[];
    label: string;
    // The row to begin with.
    first?: number;
}

export function WindowList<T>(props: Props<T>): JSX.Element {
    const box = useRef<HTMLDivElement>(null);
    const pages = useRef(new Map<number, T[] | 'asked'>());
    const place = useRef(0); // in pixels of a list without a limit
    const [, draw] = useState(0);
    const [active, setActive] = useState(props.first ?? 0);
    const [height, setHeight] = useState(600);
    const again = () => draw((n) => n + 1);

    const whole = props.total * kRowHeight;
    const shown = Math.min(whole, kHeightMax);
    const scale = shown > height ? (whole - height) / (shown - height) : 1;

    const moveTo = (pixels: number) => {
        place.current = Math.max(0, Math.min(pixels, Math.max(0, whole - height)));
        if (box.current) box.current.scrollTop = place.current / scale;
        again();
    };

    useEffect(() => {
        const observer = new ResizeObserver(() => box.current && setHeight(box.current.clientHeight - kHeadHeight));
        observer.observe(box.current!);
        return () => observer.disconnect();
    }, []);

    const abort = useRef(new AbortController());
    useLayoutEffect(() => {
        abort.current = new AbortController();
        pages.current.clear();
        const row = props.first ?? 0;
        setActive(row);
        moveTo(Math.max(0, row - 3) * kRowHeight);
        return () => abort.current.abort();
    }, [props.of, props.total]);

    const begin = Math.max(0, Math.floor(place.current / kRowHeight) - 8);
    const end = Math.min(props.total, Math.ceil((place.current + height) / kRowHeight) + 8);

    useEffect(() => {
        // A bar that is dragged passes many pages: only where it rests is asked for.
        const timer = setTimeout(() => {
            for (let page = Math.floor(begin / kPage); page * kPage < end; ++page) {
                if (pages.current.has(page)) continue;
                pages.current.set(page, 'asked');
                const start = page * kPage;
                const { signal } = abort.current;
                props.load(start, Math.min(kPage, props.total - start), signal).then(
                    (items) => {
                        if (signal.aborted) return;
                        pages.current.set(page, items);
                        again();
                    },
                    () => !signal.aborted && pages.current.delete(page),
                );
            }
        }, pages.current.size === 0 ? 0 : 60);
        return () => clearTimeout(timer);
    }, [begin, end, props.of, props.total]);

    const item = (row: number): T | undefined => {
        const page = pages.current.get(Math.floor(row / kPage));
        return page === undefined || page === 'asked' ? undefined : page[row % kPage];
    };

    const step = (to: number) => {
        const row = Math.max(0, Math.min(props.total - 1, to));
        setActive(row);
        const top = row * kRowHeight;
        if (top < place.current) moveTo(top);
        else if (top + kRowHeight > place.current + height) moveTo(top + kRowHeight - height);
    };
    const inSight = Math.max(1, Math.floor(height / kRowHeight) - 1);
    const pressed = (event: KeyboardEvent) => {
        const to: { [key: string]: number } = {
            ArrowDown: active + 1, j: active + 1, ArrowUp: active - 1, k: active - 1,
            PageDown: active + inSight, PageUp: active - inSight, Home: 0, End: props.total - 1,
        };
        const row = to[event.key];
        const current = item(active);
        if (row !== undefined) step(row);
        else if (event.key === 'Enter' && current !== undefined) props.open(current);
        else return;
        event.preventDefault();
    };

    const scrolled = () => {
        const top = box.current!.scrollTop;
        // What moveTo() did itself, rounded by the browser, is no news.
        if (Math.abs(top - place.current / scale) < 1) return;
        place.current = Math.min(top * scale, Math.max(0, whole - height));
        again();
    };
    const wheel = (event: WheelEvent) => {
        if (scale === 1 || event.ctrlKey) return;
        event.preventDefault();
        moveTo(place.current + event.deltaY * (event.deltaMode === 1 ? kRowHeight : 1));
    };
    useEffect(() => {
        const element = box.current!;
        element.addEventListener('wheel', wheel, { passive: false });
        return () => element.removeEventListener('wheel', wheel);
    });

    const rows: JSX.Element[] = [];
    for (let row = begin; row < end; ++row) {
        const value = item(row);
        const top = box.current ? box.current.scrollTop + (row * kRowHeight - place.current) : row * kRowHeight;
        rows.push(
            <div key={row} id={'row-' + row} role="row" aria-rowindex={row + 2} aria-selected={row === active}
                class={'row' + (row === active ? ' active' : '') + (value === undefined ? ' waiting' : '')}
                style={{ transform: `translateY(${top}px)` }}
                onClick={() => { setActive(row); if (value !== undefined) props.open(value); }}>
                {value === undefined ? <span role="gridcell">…</span> : props.row(value)}
            </div>,
        );
    }
    return (
        <div class="grid window" role="grid" aria-label={props.label} aria-rowcount={props.total + 1} tabIndex={0} ref={box} onScroll={scrolled}
            aria-activedescendant={props.total > 0 && active >= begin && active < end ? 'row-' + active : undefined} onKeyDown={pressed}>
            <div class="row head" role="row" aria-rowindex={1}>
                {props.columns.map((column) => <span key={column.name} role="columnheader" class={column.class}>{column.name}</span>)}
            </div>
            <div class="spacer" role="rowgroup" style={{ height: shown + 'px' }}>{rows}</div>
        </div>
    );
}

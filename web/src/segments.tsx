// The files of the log: how large each is, which events it has, and what is wrong with it. Shown also of
// a store that does not open.
import type { JSX } from 'preact';
import { useState } from 'preact/hooks';
import type { SegmentRow, SegmentsAnswer, VerifyAnswer } from './api';
import { useAsk } from './hooks';
import { Link, Trouble } from './parts';
import { go } from './route';
import { bytesText, count, nameText, plural, visible } from './text';

const kPage = 200;

// The class of what a segment looks like; where it is damaged, that.
function lookOf(segment: SegmentRow, damaged: boolean): string {
    if (damaged || segment.problem || segment.state === 'missing' || segment.state === 'damaged') return 'broken';
    return segment.state === 'sealed' && (segment.erased ?? 0) > 0 ? 'erased' : segment.state;
}

export function Segments(props: { query: URLSearchParams }): JSX.Element {
    const [again, setAgain] = useState(0);
    const start = Number(props.query.get('start') ?? 0) || 0;
    const answer = useAsk<SegmentsAnswer>(`segments?start=${start}&limit=${kPage}`, again);
    const verify = useAsk<VerifyAnswer>('verify', again);
    const data = answer.data;
    const damage = verify.data?.damage;
    const isDamaged = (segment: SegmentRow) => damage?.place !== undefined && damage.place === nameText(segment.file);
    const segments = data?.segments ?? [];
    const bytes = segments.reduce((sum, segment) => sum + segment.bytes, 0);
    return (
        <>
            <header class="title"><h1>Segments</h1><p class="sub">the files of the log{data && `: ${plural(data.total, 'segment')}, ${bytesText(bytes)}${segments.length < data.total ? ' in those shown' : ''}`}</p>
                <button type="button" class="copy" onClick={() => setAgain(again + 1)}>Look again</button></header>
            {answer.failure && <Trouble failure={answer.failure} title="The files cannot be shown" />}
            {!data && !answer.failure && <p class="dim pad">…</p>}
            {data?.manifest_problem && <Trouble failure={data.manifest_problem} title="The list of segments cannot be read" />}
            {damage && <Trouble failure={damage} title="What the last check found" />}
            {data && segments.length === 0 && <p class="pad" role="status">No segment is here.</p>}
            {segments.length > 0 && <BytesMap segments={segments} bytes={bytes} lookOf={(segment) => lookOf(segment, isDamaged(segment))} />}
            {segments.length > 0 && (
                <div class="scroll-x files" tabIndex={0} role="region" aria-label="Segments">
                    <table>
                        <thead><tr><th scope="col" class="num">Segment</th><th scope="col">State</th><th scope="col">Events</th><th scope="col" class="num">Bytes</th><th scope="col">Index</th><th scope="col">Found</th></tr></thead>
                        <tbody>{segments.map((segment) => <Row key={segment.segment} segment={segment} look={lookOf(segment, isDamaged(segment))} damaged={isDamaged(segment)} />)}</tbody>
                    </table>
                </div>
            )}
            {data && (start > 0 || start + segments.length < data.total) && (
                <p class="pad">
                    <button type="button" disabled={start === 0} onClick={() => go('/segments?start=' + Math.max(0, start - kPage))}>Earlier segments</button>{' '}
                    <button type="button" disabled={start + segments.length >= data.total} onClick={() => go('/segments?start=' + (start + kPage))}>Later segments</button>
                </p>
            )}
            {data?.index_problem && <p class="pad bad">{visible(data.index_problem.text)}</p>}
            {(data?.index_problems ?? []).map((file) => <p key={nameText(file.file)} class="pad bad">{nameText(file.file)}: {visible(file.problem.text)}. A writer makes it again.</p>)}
            {data?.index_is_cut && <p class="pad" role="alert">There are more index files than were looked at: the index of a segment may be incomplete here.</p>}
            {data?.erased_problem && <p class="pad bad" role="alert">What was erased cannot be counted: {visible(data.erased_problem.text)}</p>}
            {data?.erased_is_cut && <p class="pad" role="alert">There are more records of erasures than were read: the numbers of erased payloads are lower bounds.</p>}
            <p class="dim pad">A sealed segment is believed here, and damage inside it is found by a <Link to="/verify">check</Link>.</p>
        </>
    );
}

// One bar of all bytes; attributes, since the page allows no inline styles.
function BytesMap(props: { segments: SegmentRow[]; bytes: number; lookOf: (segment: SegmentRow) => string }): JSX.Element {
    const least = 1000 / props.segments.length / 4;
    const room = 1000 - least * props.segments.length;
    let x = 0;
    const looks = new Set(props.segments.map(props.lookOf));
    return (
        <section class="panel">
            <svg class="map" viewBox="0 0 1000 30" preserveAspectRatio="none" height={30} role="img" aria-label={'The bytes of ' + plural(props.segments.length, 'segment') + ', one beside the other'}>
                {props.segments.map((segment) => {
                    const width = least + (props.bytes > 0 ? (room * segment.bytes) / props.bytes : 0);
                    const at = x;
                    x += width;
                    return <rect key={segment.segment} class={props.lookOf(segment)} x={at} y={0} width={Math.max(width - 1, width * 0.7)} height={30}><title>{`segment ${segment.segment}, ${segment.state}, ${bytesText(segment.bytes)}`}</title></rect>;
                })}
            </svg>
            <ul class="legend">{[...looks].map((look) => <li key={look}><svg viewBox="0 0 10 10" aria-hidden="true"><rect class={look} width={10} height={10} rx={2} /></svg> {look === 'erased' ? 'sealed, with erased payloads' : look}</li>)}</ul>
        </section>
    );
}

function Row(props: { segment: SegmentRow; look: string; damaged: boolean }): JSX.Element {
    const { segment } = props;
    const { first, end } = segment;
    const reserved = segment.frame_bytes !== undefined && segment.frame_bytes < segment.bytes;
    const indexBytes = segment.index.reduce((sum, part) => sum + part.bytes, 0);
    return (
        <tr>
            <td class="num">{segment.segment}</td>
            <td class={props.look === 'broken' ? 'bad' : undefined}>{segment.state}</td>
            <td>{first === undefined ? <span class="dim">not known</span> : end === undefined ? `from ${count(first)}` : end <= first ? <span class="dim">none</span> : (
                <><Link to={`/events?from=${first}&before=${end}`}>{count(first)} to {count(end - 1)}</Link> <small>{plural(end - first, 'event')}</small></>
            )}</td>
            <td class="num">{bytesText(segment.bytes)}{reserved && <div><small>{bytesText(segment.frame_bytes!)} of frames</small></div>}{segment.frame_bytes === undefined && <div><small>too long to be measured</small></div>}</td>
            <td>{segment.index.length === 0 ? <span class="dim">{segment.state === 'sealed' ? 'no file' : 'in memory'}</span> : <span title={segment.index.map((part) => `${nameText(part.file)}: ${count(part.first)} to ${count(part.end)}`).join('\n')}>{plural(segment.index.length, 'part')}, {bytesText(indexBytes)}</span>}</td>
            <td>
                {segment.problem && <div class="bad">{visible(segment.problem.text)}</div>}
                {props.damaged && <div class="bad">the last check found damage here</div>}
                {(segment.erased ?? 0) > 0 && <div>{plural(segment.erased!, 'payload')} erased</div>}
                {!segment.problem && !props.damaged && !segment.erased && <span class="dim">nothing</span>}
            </td>
        </tr>
    );
}

// Verify, and the kinds: what can be said of the log as a whole.
import type { JSX } from 'preact';
import { useState } from 'preact/hooks';
import type { KindRow, StoreInfo, VerifyAnswer } from './api';
import { ApiError, post } from './api';
import { asFailure, useAsk, useEvery } from './hooks';
import { Copy, Fact, Kind, Link, Trouble } from './parts';
import { bytesText, count, kindText, nameText, plural, visible } from './text';

export function Verify(props: { store: StoreInfo }): JSX.Element {
    const [tick, setTick] = useState(0);
    const [failure, setFailure] = useState<ApiError | null>(null);
    const answer = useAsk<VerifyAnswer>('verify', tick);
    const job = answer.data;
    const again = () => setTick((n) => n + 1);
    const running = job?.state === 'running';
    useEvery(400, () => running && again());
    const act = (path: string) => void post<VerifyAnswer>(path).then(again, (error: unknown) => setFailure(asFailure(error)));
    const done = running ? (job.events ?? 0) / Math.max(1, job.events_total ?? 1) : 0;
    return (
        <>
            <header class="title"><h1>Verify</h1><p class="sub">reads every event and checks checksums, order, streams and hashes</p></header>
            {failure && <Trouble failure={failure} />}
            <section class="panel verify">
                {!running && <button type="button" class="primary" onClick={() => act('verify')}>{job?.state === 'done' ? 'Check again' : 'Check ' + plural(props.store.events, 'event')}</button>}
                {running && (
                    <>
                        <progress value={done} max={1} aria-label="Checked" />
                        <p role="status">{count(job.events ?? 0)} of {count(job.events_total ?? 0)} events <button type="button" class="copy" onClick={() => act('verify/cancel')}>Stop</button></p>
                    </>
                )}
                {job?.state === 'done' && <Finding job={job} />}
            </section>
            <p class="dim pad">A check alone finds damage. That nothing was rewritten, only a root shows that was kept elsewhere: keep the root and the number of events, and compare them with
                {' '}<code class="command">batpak verify {props.store.title ? visible(props.store.title) : 'DIR'} --expect-events N --expect-root HASH</code></p>
        </>
    );
}

function Finding(props: { job: VerifyAnswer }): JSX.Element {
    const { job } = props;
    return (
        <>
            <p class={'verdict ' + (job.ok ? 'good' : job.stopped ? 'unknown' : 'bad')} role="status">{job.ok ? 'Whole' : job.stopped ? 'Stopped' : 'Damaged'}</p>
            {(job.damage ?? job.error) && <Trouble failure={(job.damage ?? job.error)!} title={job.damage?.sequence !== undefined ? 'At event ' + count(job.damage.sequence) : 'What is wrong'} />}
            <dl class="facts">
                <Fact name="Events">{count(job.events ?? 0)} whole</Fact>
                <Fact name="Read">{plural(job.segments ?? 0, 'segment')}, {bytesText(job.bytes ?? 0)} of frames</Fact>
                <Fact name="Hashes">{job.hashes_checked ? 'checked' : 'none were checked'}</Fact>
                {job.root && <Fact name="Root"><span class="mono break">{job.root}</span> <Copy text={job.root} label="Copy" /></Fact>}
            </dl>
        </>
    );
}

export function Kinds(props: { store: StoreInfo }): JSX.Element {
    const kinds = useAsk<{ kinds: KindRow[]; is_complete: boolean; is_cut: boolean }>('catalogue', props.store.events);
    return (
        <>
            <header class="title"><h1>Kinds</h1><p class="sub">as the log itself names them</p></header>
            {kinds.failure && <Trouble failure={kinds.failure} />}
            {kinds.data?.is_complete === false && <p class="pad" role="alert">Events are damaged whose kind is not known: they are not in this list.</p>}
            {kinds.data?.is_cut && <p class="pad" role="alert">There are more kinds than a page should show: <code class="command">batpak catalogue</code> lists them all.</p>}
            <div class="scroll-x">
                <table>
                    <thead><tr><th scope="col">Kind</th><th scope="col">Number</th><th scope="col" class="num">Events</th><th scope="col">Fields, by payload version</th></tr></thead>
                    <tbody>
                        {(kinds.data?.kinds ?? []).map((kind) => (
                            <tr key={kind.kind}>
                                <td><Link to={'/events?kind=' + kind.kind}><Kind kind={kind.kind} name={kindText(kind)} /></Link></td>
                                <td class="mono dim">{kind.kind}</td>
                                <td class="num">{count(kind.events)}</td>
                                <td>{kind.versions.map((version) => (
                                    <div key={version.payload_version}><small class="dim">v{version.payload_version}</small>{' '}
                                        {version.fields.length > 0 ? version.fields.map((field) => <span key={field.name} class="field-type">{visible(field.name)} <em>{visible(field.type)}</em></span>) : <span class="dim">{version.shape ? nameText(version.shape) : 'not known'}</span>}
                                    </div>
                                ))}</td>
                            </tr>
                        ))}
                    </tbody>
                </table>
            </div>
        </>
    );
}

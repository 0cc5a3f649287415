// One event: all that is known of it, and what lies around it.
import type { JSX } from 'preact';
import { useState } from 'preact/hooks';
import type { EventRow, Failure, GatesAnswer, Links, Reference } from './api';
import { useAsk, useKeys } from './hooks';
import { Copy, Fact, Kind, Link, Tree, Trouble } from './parts';
import { go } from './route';
import { bytesText, count, kindText, nameText, plural, timeText, visible } from './text';

export function streamUrl(entity: unknown, version?: number): string {
    const query = new URLSearchParams({ entity: String(entity) });
    if (version !== undefined) query.set('version', String(version));
    return '/stream?' + query.toString();
}

export function EventPage(props: { id: string; title: string }): JSX.Element {
    const [check, setCheck] = useState(false);
    const id = encodeURIComponent(props.id);
    const answer = useAsk<{ event: EventRow; hash_checked: boolean; gates?: GatesAnswer; gates_error?: Failure }>('events/' + id + (check ? '?check_hash=1' : ''));
    const links = useAsk<Links>('events/' + id + '/links');
    const event = answer.data?.event;
    const sequence = event?.sequence ?? (/^[0-9]+$/.test(props.id) ? Number(props.id) : undefined);
    const to = (reference: Reference | undefined) => () => reference && go('/events/' + reference.sequence);
    useKeys({
        '[': to(links.data?.previous), ']': to(links.data?.next),
        s: () => go('/events/' + id + '/story'),
        p: () => sequence !== undefined && sequence > 0 && go('/events/' + (sequence - 1)),
        n: () => sequence !== undefined && go('/events/' + (sequence + 1)),
    });
    return (
        <>
            <header class="title">
                <h1>{event ? <Kind kind={event.kind} name={kindText(event)} /> : 'Event ' + props.id}</h1>
                {event && <p class="sub">event {count(event.sequence)} · {timeText(event.time)} UTC</p>}
                <nav class="steps" aria-label="Neighbours">
                    <Step to={sequence !== undefined && sequence > 0 ? sequence - 1 : undefined} text="← before in the log" keys="p" />
                    <Step to={sequence !== undefined ? sequence + 1 : undefined} text="after in the log →" keys="n" />
                </nav>
            </header>
            {answer.failure && <Trouble failure={answer.failure} title="This event cannot be shown" />}
            {event && !answer.failure && (
                <div class="columns wide-first">
                    <section class="panel">
                        <h2>Payload <Copy text={JSON.stringify(event.payload ?? null, null, 2)} label="Copy JSON" /></h2>
                        {event.payload !== undefined ? <Tree value={event.payload} /> : (
                            <p>{bytesText(event.payload_bytes ?? 0)} are more than a page should show. <code class="command">batpak get {props.title || 'DIR'} {event.sequence} --json</code></p>
                        )}
                        {event.metadata !== undefined && <><h2>Metadata</h2><Tree value={event.metadata} /></>}
                    </section>
                    <div>
                        <section class="panel">
                            <h2>Header</h2>
                            <dl class="facts">
                                <Fact name="Entity"><Link to={streamUrl(event.entity, event.version)}>{nameText(event.entity)}</Link>, version {count(event.version)}</Fact>
                                <Fact name="Scope"><Link to={'/events?scope=' + encodeURIComponent(String(event.scope))}>{nameText(event.scope)}</Link></Fact>
                                <Fact name="Kind"><span class="mono">{event.kind}</span>, payload version {String(event['payload_version'] ?? 1)}</Fact>
                                <Fact name="Id"><span class="mono">{event.id}</span> <Copy text={event.id} label="Copy" /></Fact>
                                {event.tags && <Fact name="Tags">{event.tags.map((tag) => <Link key={String(tag)} to={'/events?tag=' + encodeURIComponent(String(tag))} class="chip">{nameText(tag)}</Link>)}</Fact>}
                                {event['idempotency_key'] !== undefined && <Fact name="Key">{nameText(event['idempotency_key'] as string)}</Fact>}
                                {event['batch_count'] !== undefined && <Fact name="Batch">{Number(event['batch_index']) + 1} of {String(event['batch_count'])}</Fact>}
                                {event['flags'] !== undefined && <Fact name="Flags">{String(event['flags'])}</Fact>}
                                <Fact name="Durable">{event.durable ? 'yes' : 'not known yet'}</Fact>
                                {event.hash && (
                                    <Fact name="Hash">
                                        <span class="mono break">{event.hash}</span>{' '}
                                        {answer.data?.hash_checked ? <strong class="good">recomputed: it is the same</strong> : <button type="button" class="copy" onClick={() => setCheck(true)}>Check</button>}
                                    </Fact>
                                )}
                            </dl>
                        </section>
                        <Gates gates={answer.data?.gates} error={answer.data?.gates_error} />
                        <Around links={links.data} failure={links.failure?.message} id={event.id} />
                    </div>
                </div>
            )}
        </>
    );
}

// What the gates said, as the log has it; a denial is an event of its own.
function Gates(props: { gates: GatesAnswer | undefined; error: Failure | undefined }): JSX.Element {
    const { gates, error } = props;
    return (
        <section class="panel">
            <h2>Gates</h2>
            {error && <p class="bad" role="alert">What is stored of them cannot be read: {visible(error.text)}</p>}
            {!gates && !error && <p class="dim">None were asked: the event was appended without gates.</p>}
            {gates && (
                <dl class="facts gates">
                    {gates.bypassed !== undefined ? (
                        <>
                            <Fact name="Answer"><strong class="bad">they were bypassed</strong></Fact>
                            <Fact name="By">{nameText(gates.bypassed)}</Fact>
                            <Fact name="Because">{nameText(gates.justification)}</Fact>
                        </>
                    ) : (
                        <>
                            <Fact name="Passed">{(gates.passed ?? []).length === 0 ? <span class="dim">a set without gates</span> : <ul class="plain">{gates.passed!.map((gate, i) => <li key={i}><span class="good" aria-hidden="true">✓</span> {nameText(gate)}</li>)}</ul>}</Fact>
                            <Fact name="They knew">{gates.judged_end === undefined ? <span class="dim">nothing of the store</span> : gates.judged_end === 0 ? 'an empty store' : <>the first {plural(gates.judged_end, 'event')}, up to <Link to={'/events/' + (gates.judged_end - 1)}>{count(gates.judged_end - 1)}</Link></>}</Fact>
                            <Fact name="Set"><span class="mono break">{nameText(gates.gate_set)}</span></Fact>
                        </>
                    )}
                </dl>
            )}
        </section>
    );
}

function Step(props: { to: number | undefined; text: string; keys: string }): JSX.Element {
    if (props.to === undefined) return <span class="dim">{props.text}</span>;
    return <Link to={'/events/' + props.to}>{props.text} <kbd>{props.keys}</kbd></Link>;
}

function Refer(props: { of: Reference | undefined; none: string }): JSX.Element {
    if (!props.of) return <span class="dim">{props.none}</span>;
    if (props.of.error) return <span class="bad">{props.of.error.text}</span>;
    return <Link to={'/events/' + props.of.sequence}>{props.of.kind} <small>{count(props.of.sequence)} · {nameText(props.of.entity)}</small></Link>;
}

function Around(props: { links: Links | undefined; failure: string | undefined; id: string }): JSX.Element {
    const { links } = props;
    if (!links) return <p class="dim pad">{props.failure ?? '…'}</p>;
    return (
        <section class="panel">
            <h2>Around it</h2>
            <dl class="facts">
                <Fact name="Before">{<Refer of={links.previous} none="it is the first of its stream" />}{links.previous && <kbd>[</kbd>}</Fact>
                <Fact name="After">{<Refer of={links.next} none="it is the last of its stream" />}{links.next && <kbd>]</kbd>}</Fact>
                <Fact name="Cause"><Refer of={links.cause} none="none" /></Fact>
                <Fact name="Effects">
                    {links.effects.length === 0 ? <span class="dim">none</span> : <ul class="plain">{links.effects.map((effect) => <li key={effect.sequence}><Refer of={effect} none="" /></li>)}</ul>}
                    {links.effects_count > links.effects.length && <Link to={'/events?causation=' + props.id}>all {count(links.effects_count)}</Link>}
                </Fact>
                <Fact name="Story"><Link to={'/events/' + props.id + '/story'}>as a graph</Link> <kbd>s</kbd> {links.story_events > 1 ? <Link to={'/events?correlation=' + links.story}>{plural(links.story_events, 'event')}</Link> : <span class="dim">of this event alone</span>}</Fact>
            </dl>
        </section>
    );
}

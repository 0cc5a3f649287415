// Delivery: who takes events out of the log, how far each has come, and for how long it has left events
// waiting. All of it is what they wrote into the log themselves.
import type { ComponentChildren, JSX } from 'preact';
import type { DeliveryAnswer, GroupRow, Place, StoreInfo } from './api';
import { useAsk } from './hooks';
import { Link, Trouble } from './parts';
import { agoText, count, nameText, plural, timeText, visible } from './text';

export function Delivery(props: { store: StoreInfo }): JSX.Element {
    const answer = useAsk<DeliveryAnswer>('delivery', props.store.events);
    const data = answer.data;
    const isEmpty = data !== undefined && data.cursors.length + data.groups.length + data.read_models.length === 0;
    return (
        <>
            <header class="title"><h1>Delivery</h1><p class="sub">who takes events out of this log, by what they wrote into it</p></header>
            {answer.failure && <Trouble failure={answer.failure} title="This cannot be shown" />}
            {!data && !answer.failure && <p class="dim pad">…</p>}
            {isEmpty && <p class="pad" role="status">No cursor, reactor, group or read model has written where it is into this log. Subscriptions never do: they begin anew each time.</p>}
            {data?.is_cut && <p class="pad" role="alert">There are more of them than a page should show.</p>}
            {data && data.cursors.length > 0 && (
                <Table title="Cursors and reactors" columns={['Name', 'Takes', 'Position', 'Behind', 'Oldest that waits', 'Last commit', 'Delivered']} numbers={[2, 3, 6]}>
                    {data.cursors.map((row) => (
                        <tr key={(row.is_reactor ? 'r' : 'c') + JSON.stringify(row.id)}>
                            <td><b>{nameText(row.id)}</b>{row.is_reactor && <small> reactor</small>}</td>
                            {row.error ? <td colSpan={6} class="bad">{visible(row.error.text)}</td> : (
                                <>
                                    <Places row={row} />
                                    <td class="num">{count(row.delivered)}
                                        {row.skipped > 0 && <div class="bad">{plural(row.skipped, 'damaged event')} passed over</div>}
                                        {(row.failed ?? 0) > 0 && <div class="bad">{plural(row.failed!, 'event')} without a reaction, the last <Link to={'/events/' + row.failed_last}>{count(row.failed_last!)}</Link>: {nameText(row.failed_reason)}</div>}
                                    </td>
                                </>
                            )}
                        </tr>
                    ))}
                </Table>
            )}
            {data && data.groups.length > 0 && (
                <Table title="Groups" columns={['Name', 'Takes', 'Position', 'Behind', 'Oldest that waits', 'Last move', 'Set aside']} numbers={[2, 3]}>
                    {data.groups.map((row) => (
                        <tr key={JSON.stringify(row.id)}>
                            <td><b>{nameText(row.id)}</b></td>
                            {row.error ? <td colSpan={6} class="bad">{visible(row.error.text)}</td> : <><Places row={row} /><td><Aside row={row} /></td></>}
                        </tr>
                    ))}
                </Table>
            )}
            {data && data.read_models.length > 0 && (
                <>
                    <Table title="Read models" columns={['Name', 'Version that serves', 'Since', 'Position then']} numbers={[3]}>
                        {data.read_models.map((row) => (
                            <tr key={JSON.stringify(row.id)}>
                                <td><b>{nameText(row.id)}</b></td>
                                {row.error ? <td colSpan={3} class="bad">{visible(row.error.text)}</td> : (
                                    <>
                                        <td>{count(row.version)}{row.replaced > 0 && <small> after {count(row.replaced)}</small>}</td>
                                        <td><Link to={'/events/' + row.written_by}><span class="mono">{timeText(row.written_time)}</span></Link></td>
                                        <td class="num">{count(row.position_then)}</td>
                                    </>
                                )}
                            </tr>
                        ))}
                    </Table>
                    <p class="dim pad">How far a read model is now stands in its own database, and not in the log.</p>
                </>
            )}
        </>
    );
}

function Table(props: { title: string; columns: string[]; numbers: number[]; children: ComponentChildren }): JSX.Element {
    return (
        <section class="delivery">
            <h2>{props.title}</h2>
            <div class="scroll-x" tabIndex={0} role="region" aria-label={props.title}>
                <table>
                    <thead><tr>{props.columns.map((name, i) => <th key={name} scope="col" class={props.numbers.includes(i) ? 'num' : undefined}>{name}</th>)}</tr></thead>
                    <tbody>{props.children}</tbody>
                </table>
            </div>
        </section>
    );
}

function behindText(row: Place): string {
    const words = { exact: '', at_most: 'at most ', more_than: 'more than ' }[row.behind_is];
    return row.behind === 0 && row.behind_is !== 'more_than' ? 'nothing' : words + plural(row.behind, 'event');
}

function Takes(props: { region: { [name: string]: string } | undefined }): JSX.Element {
    if (!props.region) return <span class="dim" title="Its position has a hash of its region, which is none of: all, a scope, a kind, a category">a region of its own</span>;
    const [name, value] = Object.entries(props.region)[0] ?? [];
    if (name === undefined || value === undefined) return <span>everything</span>;
    return <Link to={'/events?' + new URLSearchParams({ [name]: value }).toString()}>{name} {nameText(value)}</Link>;
}

// What all that have a place share.
function Places(props: { row: Place }): JSX.Element {
    const { row } = props;
    return (
        <>
            <td><Takes region={row.region} /></td>
            <td class="num"><Link to={'/events?at=' + row.position}>{count(row.position)}</Link></td>
            <td class={'num' + (row.behind === 0 ? ' good' : '')}>{behindText(row)}</td>
            <td>{row.waiting === undefined ? <span class="dim">none</span> : <><Link to={'/events/' + row.waiting}>{count(row.waiting)}</Link>, appended {agoText(row.waiting_us!)}</>}</td>
            <td><Link to={'/events/' + row.written_by}>{agoText(row.written_us)}</Link> <small>{plural(row.writes, 'write')}</small></td>
        </>
    );
}

function Aside(props: { row: GroupRow }): JSX.Element {
    const { row } = props;
    return (
        <>
            {!row.is_whole && <div class="bad">more moves than a page should read: what is shown is older than the log</div>}
            {row.retried > 0 && <div>{plural(row.retried, 'event')} to be tried again</div>}
            {row.parked === 0 ? row.retried === 0 && <span class="dim">nothing</span> : (
                <details>
                    <summary class="bad">{plural(row.parked, 'event')} parked</summary>
                    <ul class="plain">{row.parked_first.map((parked) => <li key={parked.sequence}><Link to={'/events/' + parked.sequence}>{count(parked.sequence)}</Link> after {plural(parked.attempts, 'attempt')}: {nameText(parked.reason)}</li>)}</ul>
                    {row.parked > row.parked_first.length && <small>and {count(row.parked - row.parked_first.length)} more</small>}
                </details>
            )}
        </>
    );
}

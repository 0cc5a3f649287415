// The frame around the pages: where one is, how the store is doing, and the keys.
import type { JSX } from 'preact';
import { render } from 'preact';
import { useEffect, useRef, useState } from 'preact/hooks';
import './style.css';
import type { StoreInfo } from './api';
import { takeToken } from './api';
import { Kinds, Verify } from './checks';
import { Compare } from './compare';
import { Delivery } from './delivery';
import { EventPage } from './event';
import { Events } from './events';
import { useAsk, useEvery, useKeys } from './hooks';
import { Live } from './live';
import { Moments } from './moments';
import { Overview } from './overview';
import { Link, Trouble } from './parts';
import { go, useRoute } from './route';
import { Segments } from './segments';
import { StoryPage } from './story';
import { StreamPage, Streams } from './streams';
import { count, visible } from './text';

const kPages: { path: string; name: string }[] = [
    { path: '/', name: 'Overview' }, { path: '/events', name: 'Events' }, { path: '/streams', name: 'Streams' },
    { path: '/kinds', name: 'Kinds' }, { path: '/tail', name: 'Live' }, { path: '/verify', name: 'Verify' },
    { path: '/delivery', name: 'Delivery' }, { path: '/segments', name: 'Segments' },
    { path: '/moments', name: 'Moments' }, { path: '/compare', name: 'Compare' },
];

const kKeys: [string, string][] = [
    ['1 … 9', 'the pages, in their order'], ['/', 'to the filter'], ['g', 'go to a sequence or an id'], ['j k, arrows', 'rows'],
    ['Enter', 'open the row'], ['[ ]', 'back and on in the stream'], ['p n', 'before and after in the log'], ['s', 'the story of an event'], ['space', 'pause what is live'], ['?', 'these keys'],
];

function App(): JSX.Element {
    const { path, query } = useRoute();
    const [tick, setTick] = useState(0);
    useEvery(2000, () => setTick((n) => n + 1));
    const store = useAsk<StoreInfo>('store', tick);
    const help = useRef<HTMLDialogElement>(null);
    const keys: { [key: string]: () => void } = {
        '?': () => help.current?.showModal(),
        g: () => {
            if (path !== '/events') go('/events');
            setTimeout(() => document.getElementById('jump')?.focus());
        },
    };
    kPages.forEach((page, i) => (keys[String(i + 1)] = () => go(page.path)));
    useKeys(keys);
    const name = kPages.find((page) => page.path === path)?.name ?? (path.endsWith('/story') ? 'Story' : 'Event');
    useEffect(() => { document.title = name + (store.data?.title ? ' · ' + visible(store.data.title) : '') + ' · batpak'; }, [name, store.data?.title]);
    // Pages about one thing say what it is themselves.
    const hasTitle = store.data !== undefined && /^\/(events\/|streams$|stream$|kinds$|verify$|delivery$|segments$|moments$|compare$)/.test(path);
    const at = (page: string) => (page === '/' ? path === '/' : path.startsWith(page) || (page === '/streams' && path === '/stream'));
    return (
        <>
            <a class="skip" href="#main" onClick={(event) => { event.preventDefault(); document.getElementById('main')?.focus(); }}>To the page</a>
            <header class="bar">
                <Link to="/" class="brand" label="batpak, overview"><svg viewBox="0 0 16 16" aria-hidden="true"><rect x="1" y="2" width="14" height="3" rx="1" /><rect x="1" y="6.5" width="14" height="3" rx="1" /><rect x="1" y="11" width="14" height="3" rx="1" /></svg><b>batpak</b></Link>
                <nav aria-label="Pages">{kPages.map((page) => <Link key={page.path} to={page.path} current={at(page.path)}>{page.name}</Link>)}</nav>
                <div class="health">
                    {store.data?.title && <span class="store-name" title={visible(store.data.title)}>{visible(store.data.title)}</span>}
                    {store.data && !store.failure && <span class="mono">{count(store.data.events)}</span>}
                    <span class={'dot ' + (store.failure ? 'bad' : store.data?.stats?.poisoned ? 'bad' : store.data ? 'good' : '')} role="img" aria-label={store.failure ? 'The store cannot be read' : 'The store can be read'} />
                    <button type="button" class="copy" aria-label="Keys" onClick={() => help.current?.showModal()}>?</button>
                </div>
            </header>
            <main id="main" tabIndex={-1}>
                {!hasTitle && <h1 class="hidden">{name}</h1>}
                {store.failure && <StoreTrouble status={store.failure.status} failure={store.failure} title={store.data?.title ?? ''} />}
                {store.failure?.status === 500 && path === '/segments' && <Segments query={query} />}
                {store.data && (!store.failure || store.failure.status === 0) && <Page path={path} query={query} store={store.data} tick={tick} />}
            </main>
            <dialog ref={help} aria-label="Keys">
                <h2>Keys</h2>
                <dl class="facts">{kKeys.map(([key, text]) => <div key={key} class="fact"><dt><kbd>{key}</kbd></dt><dd>{text}</dd></div>)}</dl>
                <button type="button" onClick={() => help.current?.close()}>Close</button>
            </dialog>
        </>
    );
}

function StoreTrouble(props: { status: number; failure: { failure: { text: string; code?: string } }; title: string }): JSX.Element {
    const titles: { [status: number]: string } = { 0: 'Not connected', 401: 'This tab has no token', 500: 'The store cannot be read' };
    return (
        <>
            <Trouble failure={props.failure.failure} title={titles[props.status] ?? 'The store cannot be shown'} />
            {props.status === 500 && (
                <p class="pad">What the files hold can still be looked at: <Link to="/segments">Segments</Link> lists them, <code class="command">batpak dump DIR</code> shows
                    what is whole in them, and <code class="command">batpak repair DIR --from SNAPSHOT</code> puts back what a snapshot has.</p>
            )}
        </>
    );
}

function Page(props: { path: string; query: URLSearchParams; store: StoreInfo; tick: number }): JSX.Element {
    const { path, query, store } = props;
    const event = /^\/events\/([-0-9a-fA-F]+)$/.exec(path);
    if (event?.[1]) return <EventPage key={event[1]} id={event[1]} title={store.title} />;
    const story = /^\/events\/([-0-9a-fA-F]+)\/story$/.exec(path);
    if (story?.[1]) return <StoryPage key={story[1]} id={story[1]} title={store.title} />;
    switch (path) {
        case '/': return <Overview store={store} tick={props.tick} />;
        case '/events': return <Events query={query} store={store} />;
        case '/streams': return <Streams query={query} store={store} />;
        case '/stream': return <StreamPage key={query.get('entity')} query={query} store={store} />;
        case '/kinds': return <Kinds store={store} />;
        case '/tail': return <Live query={query} />;
        case '/verify': return <Verify store={store} />;
        case '/delivery': return <Delivery store={store} />;
        case '/moments': return <Moments query={query} />;
        case '/compare': return <Compare query={query} />;
        case '/segments': return <Segments query={query} />;
        default: return <Trouble failure={{ text: 'There is no page ' + visible(path) + '.' }} title="No such page" />;
    }
}

takeToken();
render(<App />, document.getElementById('app')!);

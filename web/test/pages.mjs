// Looks at every page in a Chromium, with stores made for it, and says what is not as it should be.
//
//     BATPAK_TOOL=build/dev/bin/batpak node web/test/pages.mjs [--pictures FOLDER]
//
// Counts and not times are judged: requests, rows in the document, messages, bytes. With --pictures it
// writes the pictures of the guide instead.
import { execFileSync, spawn } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { gzipSync } from 'node:zlib';
import { fileURLToPath } from 'node:url';
import { chromium } from 'playwright-core';

const kEvents = 120_000;
const here = path.dirname(fileURLToPath(import.meta.url));
const tool = path.resolve(process.env.BATPAK_TOOL ?? path.join(here, '../../build/dev/bin/batpak'));
const browserPath = process.env.BATPAK_CHROMIUM ?? '/usr/bin/chromium';
const axeSource = fs.readFileSync(path.join(here, '../node_modules/axe-core/axe.min.js'), 'utf8');
const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'batpak-web-'));
const servers = [];

// ---- stores and servers

function makeStore(name, lines, ...options) {
    const file = path.join(folder, name + '.ndjson');
    fs.writeFileSync(file, lines.map((line) => JSON.stringify(line) + '\n').join(''));
    const store = path.join(folder, name);
    execFileSync(tool, ['import', store, file, ...(fs.existsSync(store) ? [] : ['--create']), ...options], { stdio: 'pipe' });
    return store;
}

// The same numbers in each run.
function randomFrom(seed) {
    let state = seed;
    return (n) => {
        state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
        return Math.floor((state / 4294967296) * n);
    };
}

function shop(count, seed = 7) {
    const random = randomFrom(seed);
    const pick = (words) => words[random(words.length)];
    const kinds = [
        ['OrderPlaced', () => ({ customer: pick(['ada', 'bob', 'cleo', 'dan']), cents: 500 + random(90000), items: [{ sku: 'A-' + random(99), count: 1 + random(4) }] })],
        ['PaymentReceived', () => ({ cents: 500 + random(90000), method: pick(['card', 'transfer']) })],
        ['OrderSent', () => ({ carrier: pick(['post', 'bike']), parcel: 'P' + random(1e6) })],
        ['AddressChanged', () => ({ street: 'Hill ' + random(90), city: pick(['Oslo', 'Lima', 'Kyoto']) })],
        ['OrderCancelled', () => ({ reason: 'out of stock', refund: true })],
    ];
    return Array.from({ length: count }, () => {
        const [kind, payload] = kinds[Math.min(4, Math.floor(random(100) / 24))];
        return { entity: 'order:' + random(count / 12 + 1), scope: pick(['shop:north', 'shop:south', 'web']), kind, payload: payload() };
    });
}

// An order, what it caused, and what was told of it: event 0 caused 1 and 2, event 1 caused 3.
function makeStories(name = 'stories') {
    const add = (entity, kind, cause) => {
        const store = path.join(folder, name);
        const ids = fs.existsSync(store) ? execFileSync(tool, ['query', store, '--json']).toString().trim().split('\n').map((line) => JSON.parse(line).id) : [];
        return makeStore(name, [{ entity, scope: 'shop', kind, payload: { by: 'ada' }, ...(ids[0] && { correlation: ids[0] }), ...(cause !== undefined && { causation: ids[cause] }) }]);
    };
    add('order:1', 'OrderPlaced');
    add('payment:1', 'PaymentReceived', 0);
    add('stock:7', 'StockReserved', 0);
    add('parcel:1', 'OrderSent', 1);
    return add('order:1', 'NoteAdded');
}

const kScripts = ['<script>document.title="owned"</script>', '<img src=x onerror=\'document.title="owned"\'>', '"><svg onload=document.title="owned">',
    'javascript:document.title="owned"', '</script><script>document.title="owned"</script>', '{{constructor.constructor("document.title=1")()}}', '\u202egnp.exe', 'a\u200bb'];

function serve(store) {
    const process_ = spawn(tool, ['serve', './' + path.basename(store), '--json'], { cwd: folder, stdio: ['ignore', 'pipe', 'ignore'], env: { ...process.env, XDG_STATE_HOME: path.join(folder, 'state') } });
    servers.push(process_);
    return new Promise((done, failed) => {
        let said = '';
        process_.stdout.on('data', (data) => {
            said += data;
            if (said.includes('\n')) done(new URL(JSON.parse(said).url));
        });
        process_.on('exit', () => failed(new Error('the server ended: ' + said)));
    });
}

// ---- a tab that notes what it should not see

const faults = [];
const check = (holds, text) => {
    if (!holds) faults.push(text);
};

async function open(browser, url, options = {}) {
    const context = await browser.newContext({ viewport: { width: 1280, height: 800 }, ...options });
    await context.addInitScript(() => {
        addEventListener('securitypolicyviolation', (event) => console.error('violation of the policy: ' + event.violatedDirective + ' ' + event.blockedURI));
    });
    const page = await context.newPage();
    page.requests = [];
    page.on('request', (request) => {
        page.requests.push(request.url());
        check(request.url().startsWith(url.origin) || request.url().startsWith('data:'), 'a request to elsewhere: ' + request.url());
    });
    page.on('console', (message) => message.type() === 'error' && !page.mayFail && check(false, 'the console says: ' + message.text()));
    page.on('pageerror', (error) => check(false, 'a script failed: ' + error.message));
    await page.goto(url.href);
    await page.waitForSelector('main > *');
    return page;
}

const visit = async (page, url, to, wait) => {
    await page.goto(new URL(to, url).href);
    await page.waitForSelector(wait);
};

// What axe finds; it is put into the page past its policy, as only a test may.
async function judge(page, name) {
    await page.evaluate(axeSource);
    const violations = await page.evaluate(async () => (await globalThis.axe.run(document)).violations.map((v) => v.id + ': ' + v.nodes.map((n) => n.target.join(' ')).slice(0, 3).join(', ')));
    for (const violation of violations) check(false, name + ': ' + violation);
}

const kPages = [
    ['overview', '/', '.shares .kind'], ['events', '/events', '.spacer .row:not(.waiting)'],
    ['expression', '/events?where=payload.cents+%3E+80000&fields=customer', '.spacer .row:not(.waiting)'], ['event', '/events/4711', '.tree'], ['story', '/events/4711/story', '.node.asked'],
    ['streams', '/streams', 'tbody tr'], ['stream', '/stream?entity=order%3A5&version=3', '.state-fields .set'], ['kinds', '/kinds', 'tbody tr'],
    ['live', '/tail', '.pulse'], ['verify', '/verify', '.verify button'], ['delivery', '/delivery', '.pad[role=status]'], ['segments', '/segments', 'tbody tr'],
    ['moments', '/moments?from=100&to=200', 'tbody tr'], ['compare', '/compare?a=order%3A5&b=order%3A6', '.compare tbody tr'], ['none', '/no-such-page', '.trouble'],
];

// ---- the tests

const tests = {
    async 'every page is accessible, light, dark and narrow'(browser, url) {
        for (const options of [{ colorScheme: 'light' }, { colorScheme: 'dark' }, { viewport: { width: 400, height: 800 } }]) {
            const page = await open(browser, url, options);
            for (const [name, to, wait] of kPages) {
                await visit(page, url, to, wait);
                await judge(page, name + ' ' + JSON.stringify(options));
                const wide = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
                check(wide <= 0, name + ' is wider than the window by ' + wide + ' ' + JSON.stringify(options));
            }
            await page.context().close();
        }
    },

    async 'the first page is small, and asks for nothing that reads the log before it is drawn'(browser, url) {
        const page = await open(browser, url);
        const files = page.requests.filter((request) => request.startsWith('http') && !request.includes('/api/'));
        check(files.length <= 3, 'the page is ' + files.length + ' files');
        check(page.requests.findIndex((request) => request.includes('/api/')) === 3, 'something was asked before the page was there');
        check(page.requests.find((request) => request.includes('/api/')).endsWith('/api/v1/store'), 'the first question reads more than it has to');
        const size = (name) => gzipSync(fs.readFileSync(path.join(here, '../dist', name)), { level: 9 }).length;
        check(size('app.js') <= 60_000, 'the script has ' + size('app.js') + ' bytes');
        check(size('app.css') <= 8_000, 'the style sheet has ' + size('app.css') + ' bytes');
        check(!page.url().includes('#'), 'the token stays in the URL');
        await page.context().close();
    },

    async 'a list of many rows keeps few, and any row is two requests away'(browser, url) {
        const page = await open(browser, url);
        await visit(page, url, '/events', '.spacer .row:not(.waiting)');
        for (const [part, expected] of [[0.5, kEvents / 2], [1, 0], [0.123, Math.round(kEvents * 0.877)], [0, kEvents - 1]]) {
            page.requests.length = 0;
            await page.evaluate((part) => {
                const box = document.querySelector('.window');
                box.scrollTop = part * (box.scrollHeight - box.clientHeight);
            }, part);
            await page.evaluate(() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done))));
            await page.waitForFunction(() => document.querySelectorAll('.spacer .row').length > 5 && !document.querySelector('.spacer .row.waiting'));
            const rows = await page.$$eval('.spacer .row .sequence', (cells) => cells.map((cell) => Number(cell.textContent.replace(/,/g, ''))));
            check(rows.length <= 400, rows.length + ' rows are in the document');
            check(rows.some((sequence) => Math.abs(sequence - expected) < 60), 'at ' + part + ' of the list is ' + rows[0] + ' and not ' + expected);
            check(rows.every((sequence, i) => i === 0 || sequence === rows[i - 1] - 1), 'a row is missing or out of order: ' + rows);
            const asked = page.requests.filter((request) => request.includes('/rows')).length;
            check(asked <= 2, 'a jump was ' + asked + ' requests');
        }
        await page.context().close();
    },

    async 'keys lead through the pages, rows and events'(browser, url) {
        const page = await open(browser, url);
        const keys = page.keyboard;
        await keys.press('2');
        await page.waitForSelector('.spacer .row:not(.waiting)');
        await page.focus('.grid');
        await keys.press('j');
        await keys.press('ArrowDown');
        check((await page.getAttribute('.row.active', 'aria-rowindex')) === '4', 'two keys down is not the third row');
        await keys.press('End');
        await page.waitForFunction((n) => document.querySelector('.row.active:not(.waiting)')?.getAttribute('aria-rowindex') === n, String(kEvents + 1));
        await keys.press('Home');
        await page.waitForSelector('.row.active[aria-rowindex="2"]');
        await keys.press('Enter');
        await page.waitForSelector('.tree');
        check(page.url().endsWith('/events/' + (kEvents - 1)), 'Enter opened ' + page.url());
        await keys.press('p');
        await page.waitForURL('**/events/' + (kEvents - 2));
        await page.goBack();
        await page.waitForURL('**/events/' + (kEvents - 1));
        await keys.press('g');
        await page.waitForSelector('#jump:focus');
        await keys.type('777');
        await keys.press('Enter');
        await page.waitForFunction(() => document.querySelector('.row.active .sequence')?.textContent === '777');
        check(page.url().endsWith('?at=777'), 'where one is does not stand in the URL: ' + page.url());
        await keys.press('?');
        await page.waitForSelector('main');
        for (const [key, to] of [['1', '/'], ['3', '/streams'], ['4', '/kinds'], ['5', '/tail'], ['6', '/verify'], ['7', '/delivery'], ['8', '/segments'], ['9', '/moments']]) {
            await page.evaluate(() => { document.querySelector('dialog').close(); document.activeElement.blur(); });
            await keys.press(key);
            await page.waitForFunction((to) => location.pathname === to, to);
        }
        await page.context().close();
    },

    async 'a filter is its URL, and shows what the tool shows'(browser, url, store) {
        const page = await open(browser, url);
        await visit(page, url, '/events', '.spacer .row:not(.waiting)');
        await page.fill('[name=where]', "payload.cents > 89000 and payload.customer = 'ada'");
        await page.keyboard.press('Enter');
        await page.waitForFunction(() => document.querySelector('.total')?.textContent.includes('found') && document.querySelector('.spacer .row:not(.waiting)'));
        const seen = await page.$$eval('.spacer .row .sequence', (cells) => cells.slice(0, 15).map((cell) => Number(cell.textContent.replace(/,/g, ''))));
        const words = ['query', store, '--json', '--reverse', '--limit', '15', '--where', "payload.cents > 89000 and payload.customer = 'ada'"];
        const expected = execFileSync(tool, words).toString().trim().split('\n').map((line) => JSON.parse(line).sequence);
        check(JSON.stringify(seen) === JSON.stringify(expected), 'the expression shows ' + seen + ' and not ' + expected);
        check(new URL(page.url()).searchParams.get('where').includes('ada'), 'the filter is not in the URL');
        await page.context().close();
    },

    async 'a bookmark has the filter and no token'(browser, url) {
        const page = await open(browser, url);
        await visit(page, url, '/events?kind=0xE001', '.spacer .row:not(.waiting)');
        const bookmark = page.url();
        check(bookmark === url.origin + '/events?kind=0xE001', 'the bookmark is ' + bookmark);
        await page.context().close();
        const context = await browser.newContext();
        const fresh = await context.newPage();
        await fresh.goto(bookmark);
        await fresh.waitForSelector('.trouble');
        check((await fresh.textContent('body')).includes('no token'), 'a bookmark shows events without a token');
        const other = await context.newPage();
        await other.goto(bookmark + url.hash);
        await other.waitForSelector('.spacer .row:not(.waiting)');
        check(other.url() === bookmark, 'the token stays in ' + other.url());
        await context.close();
    },

    async 'what would take too long to count is said to be more'(browser, url) {
        const page = await open(browser, url);
        await visit(page, url, '/events?entity_prefix=order%3A', '.spacer .row:not(.waiting)');
        const total = await page.textContent('p.total');
        check(total.startsWith('more than 100,000 events, newest first'), 'the total is: ' + total);
        const first = await page.textContent('.spacer .row .sequence');
        check(first === (kEvents - 1).toLocaleString('en-GB'), 'the newest is not the first, but ' + first);
        await page.context().close();
    },

    async 'the slider shows the state after each event'(browser, url, store) {
        const page = await open(browser, url);
        await visit(page, url, '/stream?entity=order%3A5', '.state-fields div');
        const events = execFileSync(tool, ['stream', store, 'order:5', '--json']).toString().trim().split('\n').map((line) => JSON.parse(line));
        const state = {};
        for (const [version, event] of events.entries()) {
            Object.assign(state, event.payload);
            await page.$eval('input[type=range]', (slider, value) => { slider.value = value; slider.dispatchEvent(new Event('input', { bubbles: true })); }, version);
            await page.waitForFunction((text) => document.querySelector('.state h2')?.textContent.startsWith(text), 'State after v' + version + ' ');
            const names = await page.$$eval('.state-fields dt', (cells) => cells.map((cell) => cell.textContent));
            check(JSON.stringify(names) === JSON.stringify(Object.keys(state).sort()), 'after v' + version + ' the fields are ' + names);
            const cents = await page.$$eval('.state-fields > div', (rows) => rows.find((row) => row.querySelector('dt').textContent === 'cents')?.querySelector('dd').textContent);
            check(state.cents === undefined || cents === String(state.cents), 'after v' + version + ' cents is ' + cents);
        }
        await page.context().close();
    },

    async 'a story is drawn, and keys lead along its causes'(browser) {
        const url = await serve(makeStories());
        for (const colorScheme of ['light', 'dark']) {
            const page = await open(browser, url, { colorScheme });
            await visit(page, url, '/events/3', '.tree');
            await page.keyboard.press('s');
            await page.waitForSelector('.node.asked');
            check(page.url().endsWith('/story') && (await page.$$('.node')).length === 5, 'the story has not five events, at ' + page.url());
            check((await page.$$('.edge')).length === 3 && (await page.$$('.edge.lit')).length === 2, 'not three edges, two of them on the way');
            const at = () => page.evaluate(() => document.activeElement.id);
            await page.focus('.node.asked');
            for (const [key, expected] of [['ArrowLeft', 1], ['ArrowLeft', 0], ['ArrowRight', 1], ['ArrowDown', 2], ['ArrowDown', 4], ['ArrowDown', 4], ['Home', 0], ['End', 4]]) {
                await page.keyboard.press(key);
                check((await at()) === 'node-' + expected, key + ' leads to ' + (await at()) + ' and not to event ' + expected);
            }
            check((await page.$$('.node[tabindex="0"]')).length === 1, 'Tab stops more than once in the drawing');
            await page.click('.as-list summary');
            const list = await page.$$eval('.as-list li', (items) => items.map((item) => item.textContent));
            check(list.length === 5 && list[3].includes('caused by 1') && list[3].includes('this one') && !list[4].includes('caused'), 'the list is: ' + list);
            await judge(page, 'a story ' + colorScheme);
            await page.keyboard.press('Escape');
            await page.focus('#node-2');
            await page.keyboard.press('Enter');
            await page.waitForSelector('.tree');
            check(page.url().endsWith('/events/2'), 'Enter opened ' + page.url());
            await page.context().close();
        }
    },

    async 'what a position says is shown, and what it does not say is told'(browser, url) {
        const page = await open(browser, url);
        await visit(page, url, '/delivery', '.pad[role=status]');
        check((await page.textContent('main')).includes('No cursor'), 'a log without consumers is not said to be one');
        const moment = { written_by: 7, written_time: '2026-11-30T16:37:46.255000Z', written_us: 1796056666255000, writes: 3 };
        const place = { ...moment, position: 40, behind: 0, behind_is: 'exact', region: {} };
        const answer = {
            events: 50, is_cut: false,
            cursors: [{ ...place, id: 'mail', is_reactor: true, begin: 0, delivered: 40, skipped: 1, failed: 2, failed_last: 9, failed_reason: kScripts[0] },
                { ...place, id: 'bills', is_reactor: false, begin: 0, delivered: 12, skipped: 0, region: undefined, behind: 8, behind_is: 'at_most', waiting: 41, waiting_time: moment.written_time, waiting_us: moment.written_us },
                { id: 'broken', error: { code: 'CorruptFrame', text: 'its checksum is wrong' } }],
            groups: [{ ...place, id: 'packers', region: { scope: 'shop:north' }, is_whole: true, retried: 1, parked: 1, parked_first: [{ sequence: 5, attempts: 6, reason: 'no such street' }], behind: 100000, behind_is: 'more_than' }],
            read_models: [{ ...moment, id: 'totals', version: 2, replaced: 1, position_then: 30 }],
        };
        for (const colorScheme of ['light', 'dark']) {
            const shown = await open(browser, url, { colorScheme });
            await shown.route('**/api/v1/delivery', (route) => route.fulfill({ json: answer }));
            await visit(shown, url, '/delivery', 'tbody tr');
            const rows = await shown.$$eval('tbody tr', (rows) => rows.map((row) => row.textContent));
            for (const [row, ...texts] of [[0, 'mail', 'reactor', 'everything', 'nothing', 'without a reaction'], [1, 'bills', 'a region of its own', 'at most 8 events'], [2, 'its checksum is wrong'], [3, 'scope shop:north', 'more than 100,000 events', '1 event parked'], [4, 'totals', '2 after 1']]) {
                for (const text of texts) check(rows[row]?.includes(text), 'row ' + row + ' does not say "' + text + '" but ' + rows[row]);
            }
            await shown.focus('summary');
            await shown.keyboard.press('Enter');
            check(await shown.isVisible('text=no such street'), 'a key does not open what is parked');
            await judge(shown, 'delivery ' + colorScheme);
            await shown.context().close();
        }
        await page.context().close();
    },

    async 'an event says what the gates said of it'(browser, url) {
        const cases = [[{ gates: { gate_set: 'ab'.repeat(32), passed: ['cover v3', 'hours v1'], judged_end: 12 } }, 'cover v3', 'the first 12 events'],
            [{ gates: { bypassed: 'court-order', justification: kScripts[0] } }, 'they were bypassed', 'court-order', '<script>'],
            [{ gates_error: { code: 'DecodeFailed', text: 'no evidence' } }, 'cannot be read: no evidence'], [{}, 'None were asked']];
        for (const colorScheme of ['light', 'dark']) {
            for (const [said, ...texts] of cases) {
                const page = await open(browser, url, { colorScheme });
                await page.route('**/api/v1/events/4711', async (route) => {
                    const reply = await route.fetch();
                    await route.fulfill({ json: { ...(await reply.json()), ...said } });
                });
                await visit(page, url, '/events/4711', '.tree');
                const text = await page.$$eval('.panel', (panels) => panels.find((panel) => panel.querySelector('h2').textContent === 'Gates')?.textContent);
                for (const part of texts) check(text?.includes(part), 'the gates do not say "' + part + '" but ' + text);
                await judge(page, 'gates ' + colorScheme);
                await page.context().close();
            }
        }
    },

    async 'the segments are those that the tool lists, also of a store that does not open'(browser) {
        const store = makeStore('segmented', shop(4000), '--segment-bytes', '131072');
        const listed = () => execFileSync(tool, ['segments', store, '--json']).toString().trim().split('\n').map((line) => JSON.parse(line));
        const url = await serve(store);
        const page = await open(browser, url, { colorScheme: 'dark' });
        await visit(page, url, '/segments', 'tbody tr');
        const rows = await page.$$eval('tbody tr', (rows) => rows.map((row) => row.textContent));
        const segments = listed();
        check(segments.length > 2 && rows.length === segments.length, 'there are ' + segments.length + ' segments and ' + rows.length + ' rows');
        check(segments.every((segment, i) => rows[i].startsWith(segment.segment + segment.state) && rows[i].includes(segment.first.toLocaleString('en-GB') + ' to ')), 'the rows are ' + rows);
        check((await page.$$('.map rect')).length === rows.length, 'the map has not a piece for each segment');
        await judge(page, 'segments');
        await page.click('tbody tr:nth-child(2) a');
        await page.waitForSelector('.spacer .row:not(.waiting)');
        check(new URL(page.url()).search === `?from=${segments[1].first}&before=${segments[1].end}`, 'the events of a segment are at ' + page.url());
        const file = path.join(store, segments[0].file);
        fs.truncateSync(file, 20);
        const broken = await serve(store);
        const context = await browser.newContext();
        const other = await context.newPage(); // a reply with status 500 is an error of its console
        await other.goto(broken.href);
        await other.waitForSelector('.trouble');
        await visit(other, broken, '/segments', 'tbody tr');
        check((await other.textContent('tbody tr:first-child')).includes('damaged') && (await other.$$('.map .broken')).length === 1, 'a file that was cut is not shown as damaged');
        await judge(other, 'segments of a damaged store');
        await context.close();
        await page.context().close();
    },

    async 'two moments differ by what the tool says'(browser, url, store) {
        const page = await open(browser, url, { colorScheme: 'dark' });
        await visit(page, url, '/moments', 'form');
        await page.fill('[name=from]', '999');
        await page.fill('[name=to]', '1099');
        await page.keyboard.press('Enter');
        await page.waitForSelector('tbody tr');
        const expected = execFileSync(tool, ['diff', store, '--from', '999', '--to', '1099', '--json']).toString().trim().split('\n').map((line) => JSON.parse(line));
        const rows = await page.$$eval('tbody tr', (rows) => rows.map((row) => [...row.children].slice(0, 2).map((cell) => cell.textContent)));
        check(JSON.stringify(rows) === JSON.stringify(expected.map((row) => [row.entity, String(row.events)])), 'the entities are ' + rows.slice(0, 3) + ' and not ' + JSON.stringify(expected.slice(0, 3)));
        check((await page.textContent('.total')).startsWith('100 events of '), 'the total is ' + (await page.textContent('.total')));
        await judge(page, 'moments');
        await visit(page, url, '/moments?from=50&to=50', '.pad[role=status]');
        page.mayFail = true; // a reply with status 400 is an error of the console
        await visit(page, url, '/moments?from=never', '.trouble');
        await page.context().close();
    },

    async 'two states stand side by side, and what differs is marked'(browser, url, store) {
        const events = execFileSync(tool, ['stream', store, 'order:5', '--json']).toString().trim().split('\n').map((line) => JSON.parse(line));
        const stateAt = (n) => Object.assign({}, ...events.slice(0, n + 1).map((event) => event.payload));
        const [early, late] = [stateAt(2), stateAt(events.length - 1)];
        const page = await open(browser, url, { colorScheme: 'dark' });
        await visit(page, url, '/compare', 'form');
        await judge(page, 'compare nothing');
        await visit(page, url, '/compare?a=order%3A5&at_a=' + events[2].sequence + '&b=order%3A5', '.compare tbody tr');
        const rows = await page.$$eval('.compare tbody tr', (rows) => rows.map((row) => [row.querySelector('th').textContent, row.className === 'differs']));
        const names = [...new Set([...Object.keys(early), ...Object.keys(late)])].sort();
        const expected = names.map((name) => [name, JSON.stringify(early[name]) !== JSON.stringify(late[name])]);
        check(JSON.stringify(rows) === JSON.stringify(expected), 'the fields are ' + JSON.stringify(rows) + ' and not ' + JSON.stringify(expected));
        await judge(page, 'compare');
        await page.focus('[name=only]');
        await page.keyboard.press('Space');
        await page.waitForFunction((n) => document.querySelectorAll('.compare tbody tr').length === n, expected.filter(([, differs]) => differs).length);
        check(new URL(page.url()).searchParams.get('only') === '1', 'what is shown is not in the URL');
        page.mayFail = true; // a reply with status 404 is an error of the console
        await visit(page, url, '/compare?a=order%3A5&b=nobody', '.compare tbody tr');
        check((await page.textContent('main')).includes('nobody had no event'), 'an entity that is not there is not said to be so');
        await page.context().close();
    },

    async 'what a filter shows can be kept, and a part says that it is one'(browser, url, store) {
        const page = await open(browser, url, { acceptDownloads: true });
        await visit(page, url, '/events?kind=OrderCancelled&before=20000', '.spacer .row:not(.waiting)');
        const save = async (text) => {
            const [file] = await Promise.all([page.waitForEvent('download'), page.click('text=' + text)]);
            return fs.readFileSync(await file.path(), 'utf8');
        };
        const expected = execFileSync(tool, ['query', store, '--json', '--kind', 'OrderCancelled', '--before', '20000'], { maxBuffer: 1e8 }).toString();
        check((await save('Save as NDJSON')) === expected, 'the lines are not those of query --json');
        await page.waitForFunction(() => document.querySelector('.exports').textContent.includes('all of them'));
        const csv = (await save('Save as CSV')).trim().split('\r\n');
        check(csv.length === expected.trim().split('\n').length + 1 && csv[0].startsWith('sequence,time,kind'), 'the table has ' + csv.length + ' lines, the first ' + csv[0]);
        await visit(page, url, '/events', '.spacer .row:not(.waiting)');
        const part = (await save('Save as NDJSON')).trim().split('\n');
        const { next } = JSON.parse(part.at(-1));
        check(next === part.length - 1 && next > 1000, 'a part of ' + part.length + ' lines ends with ' + part.at(-1));
        const rest = (await save('Save the next part')).split('\n');
        check(JSON.parse(rest[0]).sequence === next, 'the next part begins with ' + rest[0].slice(0, 60));
        await judge(page, 'exports');
        await page.context().close();
    },

    async 'names and payloads are text, whatever they say'(browser) {
        const lines = kScripts.map((text, i) => ({ entity: 'e' + i + text, scope: 's' + text, kind: 'Text' + i, payload: { [text]: text, inner: { [text]: [text] } }, metadata: { note: text } }));
        const url = await serve(makeStore('scripts', lines));
        const page = await open(browser, url);
        const pages = [['/', '.shares .kind'], ['/events', '.spacer .row:not(.waiting)'], ['/streams', 'tbody tr'], ['/kinds', 'tbody tr'],
            ...lines.map((line, i) => ['/events/' + i, '.tree']), ...lines.map((line, i) => ['/events/' + i + '/story', '.node']), ...lines.map((line) => ['/stream?entity=' + encodeURIComponent(line.entity), '.state-fields div'])];
        for (const [to, wait] of pages) {
            await visit(page, url, to, wait);
            check((await page.title()) !== 'owned' && (await page.$$('main script, main img')).length === 0, to + ' made a script or a picture of text');
            const text = await page.textContent('main');
            check(!/[\u202e\u200b]/.test(text), to + ' shows a character that hides or turns text');
        }
        await page.context().close();
    },

    async 'ten thousand appended events are all shown, in few messages'(browser) {
        const store = makeStore('burst', shop(10));
        const url = await serve(store);
        const page = await open(browser, url);
        await page.addInitScript(() => {
            // Counts the messages that reach the page.
            const decode = TextDecoderStream;
            globalThis.messages = 0;
            globalThis.TextDecoderStream = class extends decode {
                get readable() {
                    return super.readable.pipeThrough(new TransformStream({ transform(text, out) { globalThis.messages += text.split('\ndata: ').length - 1; out.enqueue(text); } }));
                }
            };
        });
        await visit(page, url, '/tail', '.pulse:not(.off)');
        await page.waitForTimeout(300);
        makeStore('burst', shop(10_000, 9));
        await page.waitForFunction(() => document.querySelector('.total').textContent.includes('before event 10,010 '));
        const messages = await page.evaluate(() => globalThis.messages);
        check(messages > 0 && messages <= 60, 'the events came in ' + messages + ' messages');
        const rows = await page.$$eval('.live .row .sequence', (cells) => cells.slice(1).map((cell) => Number(cell.textContent.replace(/,/g, ''))));
        check(rows.length === 200 && rows.every((sequence, i) => sequence === 10_009 - i), 'the last events are not the first rows: ' + rows.slice(0, 5));
        await page.click('.total .copy');
        makeStore('burst', shop(20, 11));
        await page.waitForFunction(() => document.querySelector('.total').textContent.includes('up to event 10,029,'));
        await page.click('.total .copy');
        await page.waitForFunction(() => document.querySelector('.live .row:nth-child(2) .sequence').textContent === '10,029');
        await page.context().close();
    },

    async 'a damaged event is shown in its place, and verify says where it is'(browser) {
        const store = makeStore('damaged', Array.from({ length: 60 }, (_, i) => ({ entity: 'e', scope: 's', kind: 'Counted', payload: { n: i } })));
        const segment = path.join(store, 'segments', '000000000001.bpk');
        const bytes = fs.readFileSync(segment);
        const at = bytes.indexOf(Buffer.from([0xa1, 0x6e, 0x14])); // the payload {"n": 20}
        bytes[at + 2] = 0x15;
        fs.writeFileSync(segment, bytes);
        const url = await serve(store);
        const page = await open(browser, url);
        page.mayFail = true; // a reply with status 500 is an error of the console
        await visit(page, url, '/events?at=22', '.spacer .broken');
        check((await page.$$('.spacer .broken')).length === 1, 'not one row is broken');
        await visit(page, url, '/events/20', '.trouble');
        await judge(page, 'a damaged event');
        await visit(page, url, '/verify', '.verify button');
        await page.click('.verify button.primary');
        await page.waitForSelector('.verdict.bad');
        check((await page.textContent('.verify')).includes('At event 20'), 'verify does not say where');
        await judge(page, 'a damaged store');
        await page.context().close();
    },

    async 'a store that does not open is shown as that'(browser) {
        const store = makeStore('refused', shop(10));
        for (const name of fs.readdirSync(store)) if (name.startsWith('MANIFEST')) fs.writeFileSync(path.join(store, name), 'nothing');
        const url = await serve(store);
        const context = await browser.newContext();
        const page = await context.newPage();
        await page.goto(url.href);
        await page.waitForSelector('.trouble');
        check((await page.textContent('main')).includes('The store cannot be read'), 'the page does not say that it does not open');
        await judge(page, 'a refused store');
        await context.close();
    },

    async 'a tab without the token shows nothing of the store'(browser, url) {
        const context = await browser.newContext();
        const page = await context.newPage();
        await page.goto(url.origin + '/events');
        await page.waitForSelector('.trouble');
        const text = await page.textContent('body');
        check(text.includes('no token') && !text.includes('order:'), 'without a token the page says: ' + text.slice(0, 200));
        await judge(page, 'no token');
        await context.close();
    },
};

async function takePictures(browser, shopUrl, to) {
    const stories = await serve(makeStories());
    const segmented = await serve(makeStore('segmented', shop(4000), '--segment-bytes', '131072'));
    for (const [name, where, wait, colorScheme, url = shopUrl] of [['overview', '/', '.still .row', 'light'], ['events', '/events?kind=0xE001&fields=customer,cents', '.spacer .row:not(.waiting)', 'dark'], ['stream', '/stream?entity=order%3A5&version=7', '.state-fields .set', 'light'],
        ['story', '/events/3/story', '.node.asked', 'light', stories], ['segments', '/segments', 'tbody tr', 'dark', segmented],
        ['compare', '/compare?a=order%3A5&at_a=70000&b=order%3A5', '.compare tbody tr', 'light']]) {
        const page = await open(browser, url, { colorScheme, viewport: { width: 1080, height: 640 } });
        await visit(page, url, where, wait);
        await page.waitForTimeout(500);
        await page.screenshot({ path: path.join(to, 'inspector_' + name + '.png') });
        await page.context().close();
    }
}

const pictures = process.argv.indexOf('--pictures');
const only = process.env.BATPAK_ONLY;
const browser = await chromium.launch({ executablePath: browserPath, args: ['--no-sandbox', '--disable-gpu', '--disable-dev-shm-usage'] });
try {
    const store = makeStore('shop', shop(kEvents));
    const url = await serve(store);
    if (pictures > 0) await takePictures(browser, url, process.argv[pictures + 1]);
    for (const [name, run] of pictures > 0 ? [] : Object.entries(tests)) {
        if (only && !name.includes(only)) continue;
        const before = faults.length;
        try {
            await run(browser, url, store);
        } catch (error) {
            faults.push(name + ': ' + error.message.split('\n')[0]);
        }
        console.log((faults.length === before ? 'ok    ' : 'FAIL  ') + name);
        for (const fault of faults.slice(before)) console.log('      ' + fault);
    }
} finally {
    await browser.close();
    for (const server of servers) server.kill('SIGKILL');
    fs.rmSync(folder, { recursive: true });
}
if (pictures < 0) console.log(faults.length === 0 ? Object.keys(tests).length + ' tests passed' : faults.length + ' faults');
process.exitCode = faults.length === 0 ? 0 : 1;

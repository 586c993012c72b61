import { once } from 'node:events';
import { readdirSync, readFileSync } from 'node:fs';
import http from 'node:http';
import net from 'node:net';
import { join } from 'node:path';

import { expect, test, type Page } from '@playwright/test';

import type { Api } from './support/api.js';
import { base, Repository } from './support/git.js';
import { Installation } from './support/installation.js';
import { eventually } from './support/processes.js';

// What real containers print, through agent and control plane to those who read it: API, `wh logs`, dashboard.

const installation = new Installation();
const secret = 'pässwort/for+all & 20% = "x"';
/** What stands nowhere: the secret as it is and encoded, and a part that each way of wrapping it leaves. */
const forms = (() => {
  const bytes = Buffer.from(secret);
  const [base64, hex] = [bytes.toString('base64'), bytes.toString('hex')];
  return [secret, 'sswort/for', base64, base64.slice(4, 24), hex, hex.slice(6, 30), encodeURIComponent(secret), hex.replace(/../g, '%$&'), '%73%73%77%6f'];
})();
const floodLines = 2_000_000;
let api: Api;

/** Prints what it is told to by `/cgi-bin/say?ORDER`; what it prints comes from children of the container's first process. */
const talker = `#!/bin/busybox sh
trap 'exit 0' TERM
mkfifo /tmp/orders
httpd -p "$PORT" -h /www
exec 3<>/tmp/orders
while read -r what n <&3; do
  case $what in
    words) echo "$n" ;;
    secrets)
      echo "raw $CANARY."
      echo "base64 $(printf %s "$CANARY" | base64 | tr -d '\\n')."
      echo "within $(printf 'user:%s' "$CANARY" | base64 | tr -d '\\n')."
      echo "hex $(printf %s "$CANARY" | xxd -p | tr -d '\\n')."
      echo "url $(printf %s "$CANARY" | sed 's,%,%25,g;s, ,%20,g;s,/,%2F,g;s,+,%2B,g;s,&,%26,g;s,=,%3D,g;s,",%22,g;s,ä,%C3%A4,g')."
      echo "percents $(printf %s "$CANARY" | xxd -p | tr -d '\\n' | sed 's/../%&/g')." ;;
    wide) awk 'BEGIN { for (i = 0; i < 8190; i++) s = s "w"; print "<" s ">"; print "<" s ">and more" }' ;;
    colours) printf '\\033[2J\\033]0;owned\\007\\033[31mred words\\033[0m <b id=owned>bold</b>\\n' ;;
    count) awk -v n="$n" 'BEGIN { for (i = 0; i < 400; i++) s = s "."; for (i = 0; i < n; i++) print "n=" i " " s }' ;;
    steady) i=0; while [ $i -lt $n ]; do echo "s=$i"; usleep 5000; i=$((i + 1)); done ;;
    flood)
      began=$(date +%s)
      awk -v n="$n" 'BEGIN { for (i = 0; i < 90; i++) s = s "f"; for (i = 0; i < n; i++) print "flood " s }'
      echo "$began $(date +%s)" > /tmp/flood && mv /tmp/flood /www/flood ;;
  esac
done
`;
const files = {
  Containerfile: `${base}COPY talk /talk\nCOPY www /www\nRUN chmod 755 /talk /www/cgi-bin/say\nCMD ["/talk"]\n`,
  talk: talker,
  'www/cgi-bin/say': `#!/bin/busybox sh\nprintf 'Content-Type: text/plain\\r\\n\\r\\ntold\\n'\necho "$QUERY_STRING" | tr + ' ' > /tmp/orders\n`,
  'www/index.html': 'here\n',
};

async function tell(app: string, order: string): Promise<void> {
  expect(await installation.visit(app, `/cgi-bin/say?${order.replaceAll(' ', '+')}`)).toBe('told\n');
}
const logs = (app: string) => `/api/v1/orgs/${api.org}/apps/${app}/logs`;
async function logOf(app: string, query = 'tail=all'): Promise<string> {
  const answer = await api.raw('GET', `${logs(app)}?${query}`);
  expect(answer.status).toBe(200);
  return answer.text;
}
/** The log once it has the words. */
const shown = (app: string, words: string, query?: string) =>
  eventually(`${app} has printed ${words}`, async () => {
    const text = await logOf(app, query);
    return text.includes(words) ? text : undefined;
  });

interface Gap {
  bytes: number;
  text: string;
}

/** Follows an app's log over the event stream. */
class Reader {
  text = '';
  readonly gaps: Gap[] = [];
  readonly notes: string[] = [];
  private constructor(private readonly connection: http.ClientRequest) {}

  static async open(app: string, query: string): Promise<Reader> {
    const { hostname, port } = new URL(installation.dashboard);
    const connection = http.get({ host: hostname, port, path: `${logs(app)}/stream?${query}`, headers: api.headers, agent: false });
    connection.on('error', () => undefined);
    const reader = new Reader(connection);
    const answer = await new Promise<http.IncomingMessage>((done) => connection.once('response', done));
    expect(answer.statusCode).toBe(200);
    answer.on('error', () => undefined);
    answer.setEncoding('utf8');
    let rest = '';
    answer.on('data', (chunk: string) => {
      const events = (rest + chunk).split('\n\n');
      rest = events.pop()!;
      events.forEach((event) => reader.take(event));
    });
    return reader;
  }
  close() {
    this.connection.destroy();
  }
  private take(event: string) {
    const field = (name: string) => event.split('\n').find((line) => line.startsWith(`${name}: `))?.slice(name.length + 2);
    const data = JSON.parse(field('data') ?? '{}') as { text?: string };
    if (field('event') === 'log') this.text += data.text ?? '';
    if (field('event') === 'gap') this.gaps.push(data as Gap);
    if (field('event') === 'note') this.notes.push(data.text ?? '');
  }
}

/** The same, but it reads nothing behind the beginning of the answer. */
async function idleReader(app: string): Promise<net.Socket> {
  const { hostname, port } = new URL(installation.dashboard);
  const socket = net.connect({ host: hostname, port: Number(port) });
  socket.on('error', () => undefined);
  const headers = Object.entries({ Host: new URL(installation.dashboard).host, ...api.headers }).map(([name, value]) => `${name}: ${value}\r\n`);
  socket.write(`GET ${logs(app)}/stream?tail=0 HTTP/1.1\r\n${headers.join('')}\r\n`);
  const [begin] = (await once(socket, 'data')) as [Buffer];
  socket.pause();
  expect(begin.toString()).toMatch(/^HTTP\/1\.1 200 /);
  return socket;
}

const numbers = (text: string, name: string) => [...text.matchAll(new RegExp(`^${name}=(\\d+)`, 'gm'))].map(([, number]) => Number(number));
const upTo = (count: number) => [...Array(count).keys()];

test.describe.configure({ mode: 'serial' });
let page: Page;
const onPage = () => page.getByRole('log', { name: 'Runtime log' });

test.beforeAll(async ({ browser }) => {
  api = await installation.api();
  const repository = await Repository.make('talker', files);
  for (const name of ['talker', 'bystander']) {
    await api.remove(name);
    await api.call('POST', '/apps', { name, source: { git_url: repository.url }, deploy: false });
    await api.call('PATCH', `/apps/${name}/variables`, { set: [{ name: 'CANARY', value: secret }] });
    await api.reaches((await api.deploy(name)).id, 'live');
  }
  page = await (await browser.newContext()).newPage();
  await page.goto(await installation.setupLink());
  await expect(page.getByRole('heading', { name: 'Overview' })).toBeVisible();
  await page.goto(`${installation.dashboard}/apps/talker/logs`);
  await expect(page.getByText('Streaming', { exact: true })).toBeVisible();
});

test.afterAll(async () => {
  await page.context().close();
  for (const name of ['talker', 'bystander']) await api.remove(name);
});

test('a secret that the app prints is shown in none of its forms, neither by API, `wh logs` nor the dashboard', async () => {
  await tell('talker', 'secrets');
  await tell('talker', 'words said');

  const faces = { api: await shown('talker', 'said'), wh: (await installation.wh('logs', 'talker')).stdout, dashboard: '' };
  await expect(onPage()).toContainText('said');
  faces.dashboard = await onPage().innerText();

  for (const [face, text] of Object.entries(faces)) {
    for (const name of ['raw', 'hex', 'url', 'percents']) expect(text, face).toContain(`${name} •••.`);
    // The first and the last letters of base64 stand for neighbours of the value too.
    expect(text, face).toMatch(/base64 •••.{0,3}\./);
    expect(text, face).toMatch(/within dXNlcj.{0,2}•••.{0,3}\./);
    for (const form of forms) expect(text, face).not.toContain(form);
  }
});

test('a line of 8 KiB is whole, a longer one is cut and says so; what drives a terminal is inert', async () => {
  await tell('talker', 'wide');
  await tell('talker', 'colours');

  const lines = (await shown('talker', 'red words')).split('\n');

  const wide = `<${'w'.repeat(8190)}>`;
  expect(lines).toContain(wide);
  expect(lines).toContain(`${wide} … [8 bytes more]`);
  expect(lines.find((line) => line.includes('red words'))).toBe('\u001b[31mred words\u001b[0m <b id=owned>bold</b>');
  const red = onPage().getByText('red words', { exact: true });
  await expect(red).toBeVisible();
  await expect(onPage()).toContainText('red words <b id=owned>bold</b>');
  expect(await onPage().innerText()).not.toMatch(/\u001b|\[31m|\[2J|owned\u0007/);
  expect(await page.locator('#owned').count()).toBe(0);
  expect(await page.title()).not.toContain('owned');
  const colour = (locator: typeof red) => locator.evaluate((element) => getComputedStyle(element).color);
  expect(await colour(red)).not.toBe(await colour(onPage()));
});

test('a reader that reads nothing holds up no other: it gets every line', async () => {
  const count = 24_000;
  const reader = await Reader.open('talker', 'tail=0');
  const idle = await idleReader('talker');
  await tell('talker', 'words ready');
  await eventually('it follows', () => reader.text.includes('ready'));

  await tell('talker', `count ${count}`);
  await eventually('the last line came', () => reader.text.includes(`n=${count - 1} `));

  expect(numbers(reader.text, 'n')).toEqual(upTo(count));
  expect([reader.gaps, reader.notes]).toEqual([[], []]);
  await expect(onPage()).toContainText(`n=${count - 1} `);
  expect(idle.destroyed).toBe(false);
  expect(idle.bytesRead).toBeLessThan(1 << 20);
  idle.destroy();
  reader.close();
});

test('the agent is killed in mid-log: afterwards the log has every line once and in order, and no gap', async () => {
  const count = 600;
  const reader = await Reader.open('talker', 'tail=0');
  await tell('talker', `steady ${count}`);
  await eventually('it is in the middle', () => reader.text.includes('s=40\n'));

  await installation.kill('agent');

  await eventually('the last line came to the reader', () => reader.text.includes(`s=${count - 1}\n`));
  expect(numbers(reader.text, 's')).toEqual(upTo(count));
  expect(reader.gaps).toEqual([]);
  const log = await shown('talker', `s=${count - 1}\n`, 'since=5m');
  expect(numbers(log, 's')).toEqual(upTo(count));
  expect(log).not.toContain('left out');
  reader.close();
});

test('a flood is marked with what was left out, and holds up neither its app, the agent nor another app', async () => {
  const [before] = await api.replicas('talker');
  const reader = await Reader.open('talker', 'tail=0');
  const flooded = async () => {
    const answer = await installation.visit('talker', '/flood');
    return answer.startsWith('status') ? undefined : answer.split(' ').map(Number);
  };
  await tell('talker', `flood ${floodLines}`);

  let seen = 0;
  let over: number[] | undefined;
  while (!over) {
    expect(await installation.visit('bystander')).toBe('here\n');
    await tell('bystander', `words meanwhile-${seen}.`);
    await shown('bystander', `meanwhile-${seen}.`, 'tail=20');
    over = await flooded();
    if (!over) seen += 1;
  }
  test.info().annotations.push({ type: 'flood', description: `${(floodLines * 97) / 1e6} MB in ${over[1]! - over[0]!} s, ${seen} lines of the other app meanwhile` });
  let asked = 0;
  await eventually('it goes on', async () => {
    asked += 1;
    await tell('talker', `words after-the-flood=${asked}`); // one that comes while lines are left out is left out too
    return reader.text.includes('after-the-flood');
  });

  expect(seen).toBeGreaterThan(0);
  const shownLines = reader.text.split('\n').filter((line) => line.startsWith('flood ')).length;
  const shownAfter = () => numbers(reader.text, 'after-the-flood').length;
  // Where whole files of output came and went between two looks, nobody counted the lines, only the bytes.
  const told = reader.gaps.map(({ text }) => Number(/^\[(\d+) lines? /.exec(text)?.[1] ?? Number.NaN));
  const bytes = reader.gaps.reduce((sum, gap) => sum + gap.bytes, 0);
  expect(reader.gaps.length).toBeGreaterThan(0);
  expect(shownLines).toBeLessThan(floodLines);
  if (!told.some(Number.isNaN)) {
    const counted = shownLines + told.reduce((sum, lines) => sum + lines, 0);
    await expect.poll(() => counted + shownAfter(), { timeout: 10_000 }).toBe(floodLines + asked);
  }
  expect(bytes).toBeGreaterThan((floodLines - shownLines) * 97 * 0.9);
  expect(await logOf('talker')).toMatch(/\[(\d+ )?lines \([\d.]+ \w+\) left out: the app prints more than is kept\]/);
  await expect(onPage()).toContainText('after-the-flood');
  const [after] = await api.replicas('talker');
  expect(after).toMatchObject({ id: before!.id, container_id: before!.container_id, restarts: before!.restarts, state: 'healthy' });
  reader.close();
});

test('no log of the programs themselves has the value of a variable', () => {
  const folder = join(installation.home, 'logs');
  const written = readdirSync(folder).filter((name) => name.endsWith('.log'));

  expect(written).toEqual(expect.arrayContaining(['agent.log', 'control-plane.log']));
  for (const name of written) {
    const text = readFileSync(join(folder, name), 'utf8');
    for (const form of forms) expect(text.includes(form), name).toBe(false);
  }
});

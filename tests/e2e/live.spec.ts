import http from 'node:http';

import { expect, test, type Browser, type Page } from '@playwright/test';

import type { Api } from './support/api.js';
import { Repository, webApp } from './support/git.js';
import { Installation } from './support/installation.js';
import { Relay } from './support/relay.js';
import { eventually, patient } from './support/processes.js';

// What happens elsewhere is seen without a reload; and a connection that breaks loses nothing.

const installation = new Installation();
test.describe.configure({ timeout: 600_000 });
const lines = 30;
/** How long the line is cut at least: longer than what is alive on it is silent, and than a client waits between its tries. */
const cutFor = 60_000;
let api: Api;

test.beforeAll(async () => {
  api = await installation.api();
});

async function signedIn(browser: Browser): Promise<Page> {
  const page = await (await browser.newContext()).newPage();
  await page.goto(await installation.setupLink());
  await expect(page.getByRole('status').filter({ hasText: /^Live$/ })).toBeVisible();
  return page;
}

/** When the words come, on the page's own clock; noted, not judged: the machine may be busy with something else. */
async function delay(page: Page, words: string, act: () => Promise<unknown>): Promise<number> {
  const seen = page
    .locator('h1 ~ [data-tone], h1 + [data-tone]')
    .filter({ hasText: words })
    .waitFor()
    .then(() => Date.now());
  await act();
  const acted = Date.now();
  return Math.max(0, (await seen) - acted);
}

test('two browsers see each other’s changes', async ({ browser }) => {
  await api.remove('seen-twice');
  const repository = await Repository.make('seen-twice', { Containerfile: webApp(), 'www/index.html': 'x\n' });
  await api.reaches((await api.createApp('seen-twice', repository.url)).latest_deployment!.id, 'live');
  const [one, two] = [await signedIn(browser), await signedIn(browser)];
  for (const page of [one, two]) {
    await page.goto(`${installation.dashboard}/apps/seen-twice`);
    await expect(page.locator('h1')).toHaveText('seen-twice');
  }
  const act = async (page: Page, item: string) => {
    await page.getByRole('button', { name: 'Actions' }).click();
    await page.getByRole('menuitem', { name: new RegExp(`^${item}`) }).click();
  };

  const stopped = await delay(two, 'Stopped', () => act(one, 'Stop'));
  const started = await delay(one, 'Live', () => act(two, 'Start'));

  test.info().annotations.push({ type: 'seen after', description: `${stopped} ms, ${started} ms` });
  for (const page of [one, two]) await page.context().close();
  await api.remove('seen-twice');
});

interface Row {
  kind: string;
  deployment: string;
  /** From the change, by the server's clock, to its arrival here. */
  lateMs: number;
}

/** The feed of changes as it comes: those of deployments. */
async function followed(): Promise<{ rows: Row[]; close: () => void }> {
  const { hostname, port } = new URL(installation.dashboard);
  const connection = http.get({ host: hostname, port, path: '/api/v1/feed', headers: api.headers, agent: false });
  connection.on('error', () => undefined);
  const answer = await new Promise<http.IncomingMessage>((done) => connection.once('response', done));
  answer.on('error', () => undefined);
  answer.setEncoding('utf8');
  const rows: Row[] = [];
  let rest = '';
  answer.on('data', (chunk: string) => {
    const here = Date.now();
    const events = (rest + chunk).split('\n\n');
    rest = events.pop()!;
    for (const data of events.map((event) => /^data: (.*)$/m.exec(event)?.[1])) {
      const change = JSON.parse(data ?? '{}') as { kind?: string; at?: string; deployment_id?: string };
      if (change.kind && change.at && change.deployment_id) rows.push({ kind: change.kind, deployment: change.deployment_id, lateMs: here - Date.parse(change.at) });
    }
  });
  return { rows, close: () => connection.destroy() };
}

test('each step of a deployment is in the stream in its order, within a second by the server’s clock', async () => {
  await api.remove('stepwise');
  const repository = await Repository.make('stepwise', { Containerfile: webApp(), 'www/index.html': 'x\n' });
  await api.call('POST', '/apps', { name: 'stepwise', source: { git_url: repository.url }, deploy: false });
  const feed = await followed();

  const { id } = await api.deploy('stepwise');
  await api.reaches(id, 'live');
  const rows = () => feed.rows.filter(({ deployment }) => deployment === id);
  await eventually('its end is in the stream', () => rows().some(({ kind }) => kind === 'deployment.live'));
  feed.close();

  const steps = ['deployment.building', 'deployment.built', 'deployment.releasing', 'deployment.live'];
  expect(rows().map(({ kind }) => kind).filter((kind) => steps.includes(kind))).toEqual(steps);
  const latest = Math.max(...rows().map(({ lateMs }) => lateMs));
  test.info().annotations.push({ type: 'latest', description: `${latest} ms` });
  expect(latest).toBeLessThan(patient(1_000));
  await api.remove('stepwise');
});

test('a connection that is cut for a while is resumed, and neither a change nor a line of a log is lost', async ({ browser }) => {
  await api.remove('cut-off');
  const relay = await Relay.start(new URL(installation.dashboard).host);
  const repository = await Repository.make('cut-off', {
    Containerfile: webApp(`RUN i=0; while [ $i -lt ${lines} ]; do echo "line-$i-end"; sleep 0.2; i=$((i + 1)); done\n`),
    'www/index.html': 'x\n',
  });
  const log = await signedIn(browser);
  const list = await log.context().newPage();
  for (const page of [log, list]) await page.setViewportSize({ width: 1280, height: 2400 });
  const deployment = (await api.createApp('cut-off', repository.url)).latest_deployment!;
  await log.goto(`${relay.address}/apps/cut-off/deployments/${deployment.id}`);
  await list.goto(`${relay.address}/apps/cut-off`);
  const text = log.getByRole('log', { name: 'Build log' });
  await expect(text).toContainText('line-3-end', { timeout: 120_000 });
  await expect(list.locator('h1')).toHaveText('cut-off');
  await expect(list.getByRole('status').filter({ hasText: /^Live$/ })).toBeVisible();

  const cutAt = Date.now();
  relay.cut();
  await expect(list.getByRole('status').filter({ hasText: 'Reconnecting' })).toBeVisible();
  await expect(log.getByText('Reconnecting…', { exact: true })).toBeVisible();
  await api.reaches(deployment.id, 'live');
  expect(await text.innerText()).not.toContain(`line-${lines - 1}-end`);
  await eventually('it answers', async () => (await installation.visit('cut-off')).includes('x'));
  await new Promise((done) => setTimeout(done, Math.max(0, cutFor - (Date.now() - cutAt))));
  test.info().annotations.push({ type: 'cut for', description: `${Date.now() - cutAt} ms` });
  relay.mend();

  await expect(list.locator('h1 ~ [data-tone], h1 + [data-tone]')).toHaveText('Live', { timeout: 120_000 });
  await expect(log.getByText('Complete', { exact: true })).toBeVisible({ timeout: 120_000 });
  const seen = [...(await text.innerText()).matchAll(/^\D*line-(\d+)-end/gm)].map((found) => Number(found[1]));
  expect(seen).toEqual([...Array(lines).keys()]);
  await expect(log.locator('h1 + [data-tone]')).toHaveText('Live');
  await log.context().close();
  await relay.stop();
  await api.remove('cut-off');
});

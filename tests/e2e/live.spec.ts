import { expect, test, type Browser, type Page } from '@playwright/test';

import type { Api } from './support/api.js';
import { Repository, webApp } from './support/git.js';
import { Installation } from './support/installation.js';
import { Relay } from './support/relay.js';
import { eventually } from './support/processes.js';

// A connection that breaks loses nothing.

const installation = new Installation();
test.describe.configure({ timeout: 600_000 });
const lines = 30;
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

  relay.cut();
  await expect(list.getByRole('status').filter({ hasText: 'Reconnecting' })).toBeVisible();
  await expect(log.getByText('Reconnecting…', { exact: true })).toBeVisible();
  await api.reaches(deployment.id, 'live');
  expect(await text.innerText()).not.toContain(`line-${lines - 1}-end`);
  await eventually('it answers', async () => (await installation.visit('cut-off')).includes('x'));
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

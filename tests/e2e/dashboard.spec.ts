import { expect, test } from '@playwright/test';

import { untilLive } from './support/deployed.js';
import { Repository, webApp } from './support/git.js';
import { Installation } from './support/installation.js';

const installation = new Installation();

test('setup link → create an app → watch the build log → open the URL → push → redeploy sees the new text', async ({ page }) => {
  const repository = await Repository.make('storefront', { Containerfile: webApp(), 'www/index.html': '<p>first text</p>\n' });
  const failures: string[] = [];
  page.on('pageerror', (error) => failures.push(error.message));
  page.on('console', (message) => {
    if (message.type() === 'error' && /Content Security Policy/i.test(message.text())) failures.push(message.text());
  });

  await test.step('the setup link signs in and leaves no token in the address', async () => {
    await page.goto(await installation.setupLink());
    await expect(page.getByRole('heading', { name: 'Overview' })).toBeVisible();
    expect(page.url()).not.toContain('#');
  });

  await test.step('create the app', async () => {
    await page.goto(`${installation.dashboard}/apps/new`);
    await page.getByLabel('Git URL').fill(repository.url);
    await page.getByLabel('Name', { exact: true }).fill('storefront');
    await page.getByRole('button', { name: 'Create and deploy' }).click();
    await expect(page.getByRole('heading', { level: 1 })).toContainText('#1');
  });

  await test.step('the build log is there, live, and the deployment goes live', async () => {
    const log = page.getByRole('log', { name: 'Build log' });
    await expect(log).toContainText('COPY www /www', { timeout: 60_000 });
    await untilLive(page);
    await expect(page.getByText('Complete', { exact: true })).toBeVisible();
  });

  await test.step('the URL answers', async () => {
    const app = await page.context().newPage();
    await app.goto(installation.appUrl('storefront'));
    await expect(app.locator('body')).toContainText('first text');
    await app.close();
  });

  await test.step('a pushed commit is served after a redeploy, seen live', async () => {
    const commit = await repository.commit('second', { 'www/index.html': '<p>second text</p>\n' });
    await page.goto(`${installation.dashboard}/apps/storefront`);
    await page.getByRole('button', { name: 'Deploy', exact: true }).click();
    await expect(page.getByRole('heading', { level: 1 })).toContainText('#2');
    await untilLive(page);
    await expect(page.getByText(commit.slice(0, 7)).first()).toBeVisible();
    const app = await page.context().newPage();
    await app.goto(installation.appUrl('storefront'));
    await expect(app.locator('body')).toContainText('second text');
    await app.close();
  });

  expect(failures).toEqual([]);
});

test('a setup link works once', async ({ page, browser }) => {
  const link = await installation.setupLink();
  await page.goto(link);
  await expect(page.getByRole('heading', { name: 'Overview' })).toBeVisible();

  const stranger = await (await browser.newContext()).newPage();
  await stranger.goto(link);

  await expect(stranger.getByRole('heading', { name: 'This link no longer works' })).toBeVisible();
  await stranger.context().close();
});

test('a deploy that is started elsewhere appears without a reload', async ({ page }) => {
  const repository = await Repository.make('live-list', { Containerfile: webApp(), 'www/index.html': 'x\n' });
  const api = await installation.api();
  await api.remove('live-list');
  await page.goto(await installation.setupLink());
  await expect(page.getByRole('heading', { name: 'Overview' })).toBeVisible();

  await api.createApp('live-list', repository.url);

  await expect(page.getByRole('link', { name: 'live-list', exact: true })).toBeVisible();
  const row = page.getByRole('row').filter({ has: page.getByRole('link', { name: 'live-list', exact: true }) });
  await expect(row.getByRole('cell', { name: 'Live', exact: true })).toBeVisible({ timeout: 60_000 });
  await api.remove('live-list');
});

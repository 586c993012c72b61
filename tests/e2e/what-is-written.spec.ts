import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

import { expect, test } from '@playwright/test';

import { Repository, webApp } from './support/git.js';
import { Installation } from './support/installation.js';
import { repository, run } from './support/processes.js';

// Last of all by its name, since it changes the sample. What README.md and docs/ tell a reader to type is typed (tests/docs/run.py), against the installation of all these tests.

const installation = new Installation();
const documents = ['README.md', ...readdirSync(join(repository, 'docs')).filter((name) => name.endsWith('.md')).sort().map((name) => `docs/${name}`)];
/** https://git.example.com/shop.git of the documents. */
const shop = { Containerfile: webApp(), 'www/index.html': 'shop\n' };

/** `**Account → Installation → Mail server**` of a document: a page, a tab of it, and a panel there. */
const places = documents.flatMap((document) =>
  [...readFileSync(join(repository, document), 'utf8').matchAll(/\*\*([A-Z][^*→\n]* → [^*\n]+)\*\*/g)].map(([, words]) => ({ document, words: words!.split(' → ') })),
);
const pages: Record<string, string> = { Account: '/account', Organization: '/organization' };
/** The fields of docs/mail.md's table. */
const mailFields = [...readFileSync(join(repository, 'docs/mail.md'), 'utf8').matchAll(/^\| ([a-z, ]+) \|/gm)].flatMap(([, names]) => names!.split(', ')).filter((name) => name !== 'field');

test('the places in the dashboard that the documents name are there, with their fields', async ({ browser }) => {
  const page = await (await browser.newContext()).newPage();
  await page.goto(await installation.setupLink());
  await expect(page.getByRole('heading', { name: 'Overview', level: 1 })).toBeVisible();
  expect(places.map(({ words }) => words.join(' → '))).toEqual(expect.arrayContaining(['Account → Installation → Mail server', 'Account → Installation → Sign-in provider']));
  expect(mailFields).toEqual(['server', 'user', 'password', 'sender']);

  for (const { document, words } of places) {
    const [start, tab, panel] = words as [string, string, string?];
    await page.goto(installation.dashboard + (pages[start] ?? `/no-page-is-called-${start}`));
    await page.getByRole('navigation', { name: start }).getByRole('link', { name: tab, exact: true }).click();
    if (!panel) continue;
    const region = page.getByRole('region', { name: panel, exact: true });
    await expect(region, `${document}: ${words.join(' → ')}`).toBeVisible();
    const fields = panel === 'Mail server' ? mailFields : panel === 'Sign-in provider' ? ['client id', 'client secret', 'issuer', 'allowed domains', 'addresses'] : [];
    for (const field of fields) await expect(region.getByLabel(new RegExp(field, 'i')).first(), `${document}: ${field}`).toBeVisible();
  }
  await page.context().close();
});

test('what the documents tell a reader to type does what they say', async () => {
  test.setTimeout(600_000);
  await Repository.make('shop', shop);
  const environment = { ...installation.environment, WISEHOSTING_SKIP_BUILD: '1', WH_DOCS_GIT_URL: process.env.WH_E2E_GIT_URL };

  const typed = await run('python3', ['-B', join(repository, 'tests/docs/run.py'), ...documents], environment, 580_000);

  expect(typed.code, typed.stdout + typed.stderr).toBe(0);
  await installation.wh('delete', 'shop', '--yes', '--now');
});

import { readdirSync } from 'node:fs';
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

test('what the documents tell a reader to type does what they say', async () => {
  test.setTimeout(600_000);
  await Repository.make('shop', shop);
  const environment = { ...installation.environment, WISEHOSTING_SKIP_BUILD: '1', WH_DOCS_GIT_URL: process.env.WH_E2E_GIT_URL };

  const typed = await run('python3', ['-B', join(repository, 'tests/docs/run.py'), ...documents], environment, 580_000);

  expect(typed.code, typed.stdout + typed.stderr).toBe(0);
  await installation.wh('delete', 'shop', '--yes', '--now');
});

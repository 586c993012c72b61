import { mkdirSync } from 'node:fs';
import { join } from 'node:path';

import { expect, test, type Page } from '@playwright/test';

import type { Api } from './support/api.js';
import { base, Repository, webApp } from './support/git.js';
import { Installation } from './support/installation.js';
import { repository } from './support/processes.js';
import { screens, settled } from './support/screens.js';

// Each screen, light, dark and narrow, into docs/screenshots.

const installation = new Installation();
const folder = join(repository, 'docs/screenshots');
const shapes = {
  light: { size: { width: 1280, height: 800 }, colorScheme: 'light' },
  dark: { size: { width: 1280, height: 800 }, colorScheme: 'dark' },
  narrow: { size: { width: 360, height: 740 }, colorScheme: 'light' },
} as const;

test.use({ trace: 'off', screenshot: 'off' });

/** Apps in the states that one sees: live with a history and a staged change, failed, stopped. Their failed deployment. */
async function furnish(api: Api): Promise<{ live: string; failed: string }> {
  for (const name of ['storefront', 'billing', 'docs']) await api.remove(name);
  const site = (text: string) => ({ Containerfile: webApp(), 'www/index.html': `<h1>${text}</h1>\n` });
  const storefront = await Repository.make('storefront', site('Spring'));
  const first = await api.createApp('storefront', storefront.url);
  await api.reaches(first.latest_deployment!.id, 'live');
  await storefront.commit('Show the new collection', site('Summer'));
  const live = await api.deploy('storefront');
  await api.reaches(live.id, 'live');
  await api.call('PATCH', '/apps/storefront', { desired_replicas: 2 });
  await api.call('PUT', '/apps/storefront/variables/GREETING', { value: 'Welcome' });
  const billing = await Repository.make('billing', { Containerfile: `${base}COPY missing /app\n` });
  const failed = (await api.createApp('billing', billing.url)).latest_deployment!;
  await api.ends(failed.id);
  const docs = await Repository.make('docs', site('Docs'));
  await api.reaches((await api.createApp('docs', docs.url)).latest_deployment!.id, 'live');
  await api.call('POST', '/apps/docs/stop');
  for (let visit = 0; visit < 300; ++visit) await installation.visit('storefront', visit % 20 === 0 ? '/missing' : '/');
  return { live: live.id, failed: failed.id };
}

/** "/apps/storefront/logs" is "app-logs". */
const nameOf = (path: string) =>
  path === '/' ? 'overview' : path.slice(1).replace('apps/storefront', 'app').replace(/app\/deployments\/.*/, 'deployment').replaceAll('/', '-');

async function take(page: Page, name: string): Promise<void> {
  for (const [shape, { size, colorScheme }] of Object.entries(shapes)) {
    await page.setViewportSize(size);
    await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' });
    await settled(page);
    await expect(page.locator('main [role=status][aria-label^=Loading]')).toHaveCount(0);
    await page.screenshot({ path: join(folder, `${name}-${shape}.png`), caret: 'hide', animations: 'disabled' });
  }
}

test('pictures of each screen', async ({ page }) => {
  mkdirSync(folder, { recursive: true });
  const api = await installation.api();
  const { live, failed } = await furnish(api);
  await page.goto(`${installation.dashboard}/sign-in`);
  await take(page, 'sign-in');
  await page.goto(await installation.setupLink());
  await expect(page.getByRole('heading', { name: 'Overview' })).toBeVisible();

  // The overview last: by then the edge has told what visitors did.
  const [overview, ...others] = screens('storefront', live);
  for (const { path } of [...others, overview!]) {
    await page.goto(installation.dashboard + path);
    await take(page, nameOf(path));
  }
  await page.goto(`${installation.dashboard}/apps/billing/deployments/${failed}`);
  await take(page, 'failed-deployment');
  await page.goto(installation.dashboard);
  await settled(page);
  await page.keyboard.press('Control+k');
  await expect(page.getByRole('dialog')).toBeVisible();
  await take(page, 'palette');
});

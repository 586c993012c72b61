import { expect, test, type Locator, type Page } from '@playwright/test';

import { untilLive } from './support/deployed.js';
import { Repository, webApp } from './support/git.js';
import { Installation } from './support/installation.js';

// From nothing to a rollback without a pointer.

const installation = new Installation();
test.describe.configure({ timeout: 600_000 });

/** Tab until this has the focus, which has to be seen. */
async function tabTo(page: Page, what: Locator): Promise<void> {
  await expect(what).toBeVisible();
  for (let presses = 0; presses < 80; ++presses) {
    const [focused, shown] = await what.evaluate((element) => [element === document.activeElement, element.matches(':focus-visible')]);
    if (focused) {
      expect(shown, 'the focus is seen').toBe(true);
      return;
    }
    await page.keyboard.press('Tab');
  }
  throw new Error(`Tab does not lead to ${what}`);
}
async function press(page: Page, what: Locator): Promise<void> {
  await tabTo(page, what);
  await page.keyboard.press('Enter');
}

test('create, deploy and roll back with the keyboard alone', async ({ page }) => {
  const api = await installation.api();
  await api.remove('by-keyboard');
  const repository = await Repository.make('by-keyboard', { Containerfile: webApp(), 'www/index.html': 'first\n' });
  await page.goto(await installation.setupLink());
  await expect(page.getByRole('heading', { name: 'Overview' })).toBeVisible();
  const live = async (number: number) => {
    await expect(page.getByRole('heading', { level: 1 })).toContainText(`#${number}`);
    await untilLive(page);
  };

  await test.step('the map of the keys, and the palette', async () => {
    // What listens to keys comes after the first page.
    await expect(async () => {
      await page.keyboard.press('?');
      await expect(page.getByRole('dialog')).toBeVisible({ timeout: 2_000 });
    }).toPass({ timeout: 60_000 });
    await page.keyboard.press('Escape');
    await expect(page.getByRole('dialog')).toHaveCount(0);
    await page.keyboard.press('Control+k');
    await expect(page.getByRole('dialog')).toBeVisible();
    await page.keyboard.type('create app');
    await page.keyboard.press('Enter');
    await expect(page.getByRole('heading', { name: 'Create app', level: 1 })).toBeVisible();
  });

  await test.step('create', async () => {
    await expect(page.getByLabel('Git URL')).toBeFocused();
    await page.keyboard.type(repository.url);
    await press(page, page.getByRole('button', { name: 'Create and deploy' }));
    await live(1);
    expect(await installation.visit('by-keyboard')).toBe('first\n');
  });

  await test.step('deploy', async () => {
    await repository.commit('second', { 'www/index.html': 'second\n' });
    await press(page, page.getByRole('navigation', { name: 'Breadcrumb' }).getByRole('link', { name: 'by-keyboard' }));
    await expect(page.getByRole('heading', { name: 'by-keyboard', level: 1 })).toBeVisible();
    await press(page, page.getByRole('button', { name: 'Deploy', exact: true }));
    await live(2);
    expect(await installation.visit('by-keyboard')).toBe('second\n');
  });

  await test.step('roll back', async () => {
    await press(page, page.getByRole('button', { name: 'Roll back…' }));
    await press(page, page.getByRole('dialog').getByRole('button', { name: 'Roll back' }));
    await live(3);
    expect(await installation.visit('by-keyboard')).toBe('first\n');
  });
  await api.remove('by-keyboard');
});

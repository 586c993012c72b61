import { expect, type Page } from '@playwright/test';

/** Waits until the deployment that is open goes live; one that failed says why, at once. */
export async function untilLive(page: Page, timeout = 120_000): Promise<void> {
  const state = page.locator('h1 + [data-tone]');
  await expect(state).toHaveText(/^(Live|Failed)$/, { timeout });
  if ((await state.textContent()) === 'Live') return;
  throw new Error(`the deployment failed:\n${await page.locator('main').innerText()}`);
}

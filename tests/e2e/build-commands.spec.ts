import { expect, test } from '@playwright/test';

import { untilLive } from './support/deployed.js';
import { Repository } from './support/git.js';
import { Installation } from './support/installation.js';

// BLD-04: an app of commands from the dashboard to the visitor, and what a command that fails leaves.

const installation = new Installation();

test('an app without a Containerfile is built and started by commands; one that fails leaves the old release serving and says why', async ({ page }) => {
  const name = 'of-commands';
  const repository = await Repository.make(name, { 'words.txt': 'one two three\n' });
  const api = await installation.api();
  await api.remove(name);
  await page.goto(await installation.setupLink());
  await expect(page.getByRole('heading', { name: 'Overview' })).toBeVisible();

  await test.step('created in the dashboard, it goes live and answers with what the commands made', async () => {
    await page.goto(`${installation.dashboard}/apps/new`);
    await page.getByLabel('Git URL').fill(repository.url);
    await page.getByLabel('Name', { exact: true }).fill(name);
    await page.getByLabel('Built from').selectOption({ label: 'Commands in an image' });
    await page.getByLabel('Image').fill('localhost/wisehosting/busybox:1');
    await page.getByLabel('Install command').fill('mkdir tools\nprintf "wc -w" > tools/count');
    await page.getByLabel('Build command').fill(`$(cat tools/count) < words.txt > index.html && echo "it's counted"`);
    await page.getByLabel('Start command').fill('busybox httpd -f -p "$PORT" -h /app');
    await page.getByRole('button', { name: 'Create and deploy' }).click();
    await expect(page.getByRole('heading', { level: 1 })).toContainText('#1');
    await expect(page.getByRole('log', { name: 'Build log' })).toContainText("it's counted", { timeout: 60_000 });
    await untilLive(page);
    expect((await installation.visit(name)).trim()).toBe('3');
  });

  await test.step('an install command that ends with 3 fails the deployment, at the terminal and in the dashboard', async () => {
    const changed = await installation.wh('settings', name, '--install-command', 'echo "no such package" >&2; exit 3');
    expect(changed.code, changed.stderr).toBe(0);
    const deployed = await installation.wh('deploy', name);
    expect(deployed.code).toBe(1);
    expect(deployed.stdout + deployed.stderr).toContain('The install command failed with exit code 3');
    expect(deployed.stdout + deployed.stderr).toContain('no such package');
    await page.goto(`${installation.dashboard}/apps/${name}/deployments/${(await api.app(name)).latest_deployment!.id}`);
    const failure = page.getByRole('region', { name: 'Failure' });
    await expect(failure).toContainText('The install command failed with exit code 3');
    await expect(failure).toContainText('step build');
    await expect(failure.getByLabel('Last lines', { exact: true })).toContainText('no such package');
    expect((await installation.visit(name)).trim()).toBe('3');
  });
  await api.remove(name);
});

import { randomBytes } from 'node:crypto';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { expect, test } from '@playwright/test';

import { Installation } from './support/installation.js';
import { run } from './support/processes.js';
import { Relay } from './support/relay.js';

// A folder of 16 MB over a line that is slow, breaks and stays away: `wh` behind a relay of the test's own.

const installation = new Installation();
const folder = mkdtempSync(join(tmpdir(), 'wh-slow-'));
let relay: Relay;

test.beforeAll(async () => {
  mkdirSync(join(folder, 'cli'), { mode: 0o700 });
  mkdirSync(join(folder, 'slow-site'));
  writeFileSync(join(folder, 'slow-site/index.html'), 'over a slow line\n');
  writeFileSync(join(folder, 'slow-site/large.bin'), randomBytes(16_000_000));
  relay = await Relay.start(`localhost:${7070 + installation.offset}`);
  await installation.wh('apps');
  const context = JSON.parse(readFileSync(join(installation.home, 'cli/context.json'), 'utf8')) as { server: string };
  writeFileSync(join(folder, 'cli/context.json'), JSON.stringify({ ...context, server: relay.address }), { mode: 0o600 });
});

test.afterAll(async () => {
  await (relay as Relay | undefined)?.stop();
  await (await installation.api()).remove('slow-site');
  rmSync(folder, { recursive: true, force: true });
});

const send = () => {
  const environment = { ...installation.environment, WISEHOSTING_CLI_HOME: join(folder, 'cli') };
  return run(installation.program('wh'), ['deploy', '--folder', join(folder, 'slow-site'), '--static', '.'], environment, 300_000);
};

test('what was sent before the line went away is kept, the command says so, and the same one goes on there', async () => {
  test.setTimeout(600_000);
  relay.slow(1_000_000);
  relay.afterBytes(6_000_000, () => relay.cut());

  const gone = await send();

  expect(gone.code).toBe(5);
  const [, kept] = /([\d.]+) MiB of 15\.2 MiB were sent; the same command goes on there/.exec(gone.stderr) ?? [];
  expect(Number(kept)).toBeGreaterThan(2);

  relay.mend();
  relay.afterBytes(4_000_000, () => {
    relay.cut();
    setTimeout(() => relay.mend(), 1_000);
  });
  const sent = await send();

  expect(sent.code, sent.stderr).toBe(0);
  expect(sent.stdout).toContain(`Going on at ${kept} MiB`);
  expect(sent.stdout).toMatch(/Live +http:\/\/slow-site\.localhost/);
  expect(await installation.visit('slow-site')).toBe('over a slow line\n');
});

import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { expect, test } from '@playwright/test';

import { webApp } from './support/git.js';
import { request } from './support/http.js';
import { Installation } from './support/installation.js';
import { freeOffset } from './support/ports.js';
import { eventually, must, patient, repository, run } from './support/processes.js';

// The disk under database, images and journals of an installation is really full: a small file system of its own.

const asRoot = (program: string, ...words: string[]) =>
  process.getuid?.() === 0 ? must(program, words) : must('sudo', ['-n', program, ...words]);

async function smallDisk(folder: string): Promise<string> {
  const [image, disk] = [join(folder, 'disk.img'), join(folder, 'disk')];
  mkdirSync(disk);
  await must('truncate', ['--size', '3600M', image]); // blocks that nobody writes take no room
  await must('/sbin/mkfs.ext4', ['-q', '-F', '-m', '0', image]);
  await asRoot('mount', '-o', 'loop', image, disk);
  await asRoot('chmod', '1777', disk);
  return disk;
}

test('a full disk: apps serve on, it is said, and what was acknowledged goes on when there is room again', async () => {
  test.setTimeout(patient(360_000));
  const folder = mkdtempSync(join(tmpdir(), 'wh-e2e-full-'));
  const disk = await smallDisk(folder);
  const offset = await freeOffset();
  const env = {
    ...new Installation().environment,
    WISEHOSTING_HOME: join(disk, 'home'),
    WISEHOSTING_PORT_OFFSET: String(offset),
  };
  const dev = (...args: string[]) => run(join(repository, 'dev'), args, env, 240_000);
  const visit = async () => (await request(`http://site.localhost:${7080 + offset}/`)).text;
  const site = join(folder, 'site');
  const write = (text: string) => writeFileSync(join(site, 'www', 'index.html'), text);
  const numbers = async () => {
    const { items } = JSON.parse((await dev('wh', 'deployments', 'site', '--json')).stdout) as { items: { number: number; state: string }[] };
    return items;
  };
  try {
    mkdirSync(join(site, 'www'), { recursive: true });
    writeFileSync(join(site, 'Containerfile'), webApp());
    write('first\n');
    const up = await dev('up');
    expect(up.code, up.stdout + up.stderr).toBe(0);
    const first = await dev('wh', 'deploy', '--folder', site);
    expect(first.code, first.stdout + first.stderr).toBe(0);

    const ballast = join(disk, 'ballast');
    await run('fallocate', ['--length', '3600M', ballast]); // takes all there is, then fails
    write('second\n');
    const second = await dev('wh', 'deploy', '--folder', site, '--no-wait');
    const status = await dev('status');

    expect(status.code).toBe(1);
    expect(status.stdout).toMatch(/The disk of .* is full/);
    expect(await visit()).toBe('first\n');

    rmSync(ballast);
    const ended = await eventually(
      'what was acknowledged has come to its end',
      async () => {
        const all = await numbers().catch(() => undefined);
        return all?.every(({ state }) => /live|failed|superseded/.test(state)) ? all : undefined;
      },
      patient(120_000),
    );
    expect(ended.map(({ number }) => number)).toEqual(second.code === 0 ? [2, 1] : expect.arrayContaining([1]));
    expect(await visit()).toBe(ended[0]?.state === 'live' && ended[0].number === 2 ? 'second\n' : 'first\n');

    write('third\n');
    const third = await dev('wh', 'deploy', '--folder', site);
    expect(third.code, third.stdout + third.stderr).toBe(0);
    expect(await visit()).toBe('third\n');
    expect((await dev('status')).code).toBe(0);
  } finally {
    const reset = await dev('reset', '--yes');
    await asRoot('umount', disk);
    rmSync(folder, { recursive: true, force: true });
    expect(reset.code, reset.stdout + reset.stderr).toBe(0);
  }
});

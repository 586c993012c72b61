import { createHash } from 'node:crypto';
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';

import { expect, test } from '@playwright/test';

import { Installation } from './support/installation.js';
import { eventually } from './support/processes.js';

// Where the keys of a worker are, and where they are not: on the agent that serves these tests, while it builds.

const installation = new Installation();

/** A process's environment and arguments; empty when it is gone or a zombie. */
function saysOfItself(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/environ`, 'latin1') + '\n' + readFileSync(`/proc/${pid}/cmdline`, 'latin1');
  } catch {
    return '';
  }
}

/** `root` and everything beneath it, by the parents that /proc tells. */
function family(root: number): number[] {
  const children = new Map<number, number[]>();
  for (const name of readdirSync('/proc').filter((entry) => /^\d+$/.test(entry))) {
    try {
      const stat = readFileSync(`/proc/${name}/stat`, 'latin1');
      const parent = Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1]);
      children.set(parent, [...(children.get(parent) ?? []), Number(name)]);
    } catch {
      // It ended meanwhile.
    }
  }
  const found = [root];
  for (const pid of found) found.push(...(children.get(pid) ?? []));
  return found;
}

/** The agent's own files: what stands in images, layers and containers is not the agent's. */
function files(folder: string): string[] {
  const others = /^(storage|podman|builds|data|cache|caches|layers|overlay|blobs|repositories)$/;
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) return others.test(entry.name) ? [] : files(path);
    return entry.isFile() && statSync(path).size < 4 << 20 ? [path] : [];
  });
}

/** What a secret may look like in text. */
function forms(raw: Buffer): string[] {
  return [raw.toString('latin1'), raw.toString('hex'), raw.toString('base64').replace(/=+$/, ''), raw.toString('base64url')];
}
const holds = (text: string, secrets: string[]) => secrets.some((secret) => text.includes(secret));

test('IDN_23 a build worker has its signing keys from the connection and in memory only', async () => {
  test.setTimeout(240_000);
  const agent = await eventually('the agent runs', () => installation.process('agent'));
  const keyFile = join(installation.home, 'agent/link/keys.json');
  const kept = JSON.parse(readFileSync(keyFile, 'utf8').split('\n')[0]!) as { api_key: string; gen: number };
  const apiKey = Buffer.from(kept.api_key, 'base64url');
  expect(apiKey).toHaveLength(32);
  expect(kept.gen, 'it is registered').toBeGreaterThan(0);
  // What signs: K, from which each connection's keys come; the token of 15 minutes and those of the registry, which are JWTs.
  const root = createHash('sha256').update(apiKey).digest();
  const signed = /eyJ[\w-]{10,}\.eyJ[\w-]{10,}\.[\w-]{20,}/;

  const seen = new Set<string>();
  const api = await installation.api();
  const before = (await api.app('hello')).latest_deployment?.number ?? 0;
  expect((await installation.wh('deploy', 'hello', '--no-wait')).code).toBe(0);
  await eventually('the deployment is live', async () => {
    for (const pid of family(agent.pid)) seen.add(saysOfItself(pid));
    const latest = (await api.app('hello')).latest_deployment;
    return latest && latest.number > before && latest.state === 'live' ? latest : undefined;
  }, 180_000);

  expect(seen.size, 'the agent and what it started').toBeGreaterThan(3);
  for (const text of seen) {
    expect(holds(text, forms(apiKey)), 'the enrolled key in an environment or an argument').toBe(false);
    expect(holds(text, forms(root)), 'K in an environment or an argument').toBe(false);
    expect(text, 'a token in an environment or an argument').not.toMatch(signed);
  }
  const all = [...files(join(installation.home, 'agent')), ...files(join(installation.home, 'config'))];
  expect(all).toContain(keyFile);
  for (const file of all) {
    const text = readFileSync(file, 'latin1');
    expect(holds(text, forms(root)), `K in ${file}`).toBe(false);
    expect(signed.test(text), `a token in ${file}`).toBe(false);
    if (file !== keyFile) expect(holds(text, forms(apiKey)), `the enrolled key in ${file}`).toBe(false);
  }
  expect(statSync(keyFile).mode & 0o777, 'the one file that has what K is made of').toBe(0o600);
});

import { mkdirSync, mkdtempSync } from 'node:fs';
import net from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { must, repository, serve } from './processes.js';

function isFree(port: number): Promise<boolean> {
  return new Promise((done) => {
    const server = net.createServer();
    server.once('error', () => done(false));
    server.listen(port, '127.0.0.1', () => server.close(() => done(true)));
  });
}

/** An offset at which no other installation stands. */
async function freeOffset(): Promise<number> {
  for (let offset = 300; offset <= 1200; offset += 100) {
    const ports = [7070, 7071, 7080, 7050].map((port) => port + offset);
    if ((await Promise.all([...ports, 20_000 + 10 * offset].map(isFree))).every(Boolean)) return offset;
  }
  throw new Error('no free ports');
}

/**
 * Starts a git server and a whole installation with `./dev up`, as a person would, with a home and ports of its own.
 * WH_E2E_HOME and WH_E2E_PORT_OFFSET given: that installation is used, brought up if it is down, and left running.
 */
export default async function globalSetup(): Promise<void> {
  const given = process.env.WH_E2E_HOME !== undefined;
  process.env.WH_E2E_KEEP = given ? '1' : '';
  const folder = mkdtempSync(join(tmpdir(), 'wh-e2e-'));
  process.env.WH_E2E_FOLDER = folder;
  process.env.WH_E2E_HOME ??= join(folder, 'home');
  process.env.WH_E2E_PORT_OFFSET ??= String(await freeOffset());

  const root = join(folder, 'git');
  mkdirSync(root);
  const { line } = await serve('python3', [join(repository, 'tests/support/git_server.py'), '--root', root]);
  process.env.WH_E2E_GIT_ROOT = root;
  process.env.WH_E2E_GIT_URL = `http://${line.replace('listening on ', '')}`;

  const { Installation } = await import('./installation.js');
  const installation = new Installation();
  const started = Date.now();
  const output = await must(join(repository, 'dev'), ['up'], installation.environment, 1_800_000);
  console.log(`${output.trim()}\n\n(./dev up took ${Date.now() - started} ms)`);
  process.env.WH_E2E_UP_OUTPUT = output;
}

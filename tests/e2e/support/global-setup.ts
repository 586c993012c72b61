import { mkdirSync, mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { freeOffset } from './ports.js';
import { must, repository, serve } from './processes.js';

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

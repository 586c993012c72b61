import { cpSync, existsSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

import { Installation } from './installation.js';

/** Keeps the logs, stops everything and deletes the data. */
export default async function globalTeardown(): Promise<void> {
  const { WH_E2E_FOLDER: folder, WH_E2E_KEEP: keep } = process.env;
  if (!folder || keep) return;
  const installation = new Installation();
  const logs = join(installation.home, 'logs');
  if (existsSync(logs)) {
    cpSync(logs, join(dirname(fileURLToPath(import.meta.url)), '../test-results/logs'), { recursive: true });
  }
  const reset = await installation.dev('reset', '--yes');
  if (reset.code !== 0) throw new Error(`./dev reset failed:\n${reset.stdout}\n${reset.stderr}`);
  if (existsSync(installation.home)) throw new Error(`${installation.home} is still there after ./dev reset`);
  rmSync(folder, { recursive: true, force: true });
}

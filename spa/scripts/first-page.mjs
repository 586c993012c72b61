// Says how much JavaScript the first page fetches, and fails when it is more than it may be.
// Usage: node scripts/first-page.mjs DIRECTORY   after compress.mjs
import { readFile, stat } from 'node:fs/promises';
import path from 'node:path';

/** Bytes with gzip. */
const most = 130_000;
const root = process.argv[2] ?? 'dist';
const folder = path.join(root, 'assets');
const html = await readFile(path.join(root, 'index.html'), 'utf8');
const parts = new Set([...html.matchAll(/\/assets\/([\w.-]+\.js)"/g)].map(([, name]) => name));
// What a part imports comes with it.
for (const part of parts) {
  const code = await readFile(path.join(folder, part), 'utf8');
  for (const [, name] of code.matchAll(/(?:from|import)\s*["']\.\/([\w.-]+\.js)["']/g)) parts.add(name);
}

let sum = (await stat(path.join(root, 'first.js.gz'))).size;
for (const part of parts) sum += (await stat(path.join(folder, `${part}.gz`))).size;
const kb = (/** @type {number} */ bytes) => `${(bytes / 1000).toFixed(1)} kB`;
console.log(`first page: ${parts.size + 1} scripts, ${kb(sum)} with gzip, of ${kb(most)}`);
if (sum > most) {
  console.error(`The first page may not fetch more than ${kb(most)} of JavaScript: fetch what it does not need later (import()).`);
  process.exit(1);
}

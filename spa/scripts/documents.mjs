// Writes the documents of ../docs for who uses and who runs an installation as pages below /docs, with their style, script and
// what their search looks through. Usage: node scripts/documents.mjs DIRECTORY   before compress.mjs
import { createHash } from 'node:crypto';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';

import { documents, html, passages } from '../documents/documents.mjs';
import { documentPage, indexPage } from '../documents/page.mjs';

const root = process.argv[2] ?? 'dist';
const here = (/** @type {string} */ file) => readFile(new URL(`../${file}`, import.meta.url), 'utf8');

/** Under a name that holds the content's hash; its address. */
async function asset(/** @type {string} */ name, /** @type {string} */ content) {
  const { name: stem, ext } = path.parse(name);
  const hash = createHash('sha256').update(content).digest('hex').slice(0, 8);
  await writeFile(path.join(root, 'assets', `${stem}-${hash}${ext}`), content);
  return `/assets/${stem}-${hash}${ext}`;
}

const all = documents();
const { version } = JSON.parse(await here('package.json'));
const frame = {
  all,
  version,
  style: await asset('documents.css', (await here('src/styles/theme.css')) + (await here('documents/page.css'))),
  script: await asset('documents.js', await here('documents/page.js')),
  passages: await asset('documents.json', JSON.stringify(passages(all))),
};

await mkdir(path.join(root, 'docs'), { recursive: true });
await writeFile(path.join(root, 'docs.html'), indexPage(frame));
for (const document of all) await writeFile(path.join(root, 'docs', `${document.name}.html`), documentPage(frame, document, html(document, all)));
console.log(`documents: ${all.length + 1} pages`);

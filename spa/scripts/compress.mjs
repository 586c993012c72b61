// Writes a .gz and a .br beside each compressible file of the build, so that the server never compresses on request.
// Usage: node scripts/compress.mjs DIRECTORY
import { readdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { brotliCompressSync, constants, gzipSync } from 'node:zlib';

const compressible = new Set(['.html', '.js', '.css', '.svg', '.json', '.txt', '.webmanifest']);
const root = process.argv[2] ?? 'dist';
const totals = { files: 0, raw: 0, gz: 0, br: 0 };

for (const entry of await readdir(root, { recursive: true, withFileTypes: true })) {
  if (!entry.isFile() || !compressible.has(path.extname(entry.name))) continue;
  const file = path.join(entry.parentPath, entry.name);
  const raw = await readFile(file);
  const gz = gzipSync(raw, { level: 9 });
  const br = brotliCompressSync(raw, {
    params: {
      [constants.BROTLI_PARAM_QUALITY]: constants.BROTLI_MAX_QUALITY,
      [constants.BROTLI_PARAM_SIZE_HINT]: raw.length,
    },
  });
  await writeFile(`${file}.gz`, gz);
  await writeFile(`${file}.br`, br);
  totals.files += 1;
  totals.raw += raw.length;
  totals.gz += gz.length;
  totals.br += br.length;
}

const kb = (/** @type {number} */ bytes) => `${(bytes / 1000).toFixed(1)} kB`;
console.log(`compressed ${totals.files} files: ${kb(totals.raw)} → gzip ${kb(totals.gz)}, brotli ${kb(totals.br)}`);

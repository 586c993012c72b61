// src/api/schema.gen.ts from src/api/openapi.json. With a program, the document is taken from it first:
//   npm run gen:api -- ../build/dev/bin/wh-control-plane
import { execFileSync } from 'node:child_process';
import { readFile, writeFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { fileURLToPath, URL } from 'node:url';

import openapiTS, { astToString, COMMENT_HEADER } from 'openapi-typescript';

const document = new URL('../src/api/openapi.json', import.meta.url);
const types = new URL('../src/api/schema.gen.ts', import.meta.url);

const [program] = process.argv.slice(2);
if (program !== undefined) {
  const printed = execFileSync(resolve(program), ['openapi'], { encoding: 'utf8', maxBuffer: 64 * 1024 * 1024 });
  JSON.parse(printed);
  // As it was printed: JSON.stringify would round the limits of 64-bit integers.
  await writeFile(document, printed);
}

const syntax = await openapiTS(JSON.parse(await readFile(document, 'utf8')));
await writeFile(types, COMMENT_HEADER + astToString(syntax));
console.log(`written: ${fileURLToPath(types)}`);

// @vitest-environment node
import openapiTS, { astToString, COMMENT_HEADER } from 'openapi-typescript';
import { expect, test } from 'vitest';

import document from './openapi.json?raw';
import types from './schema.gen.ts?raw';

test('the generated types are those of the checked-in description (else: npm run gen:api)', async () => {
  const generated = COMMENT_HEADER + astToString(await openapiTS(document));
  expect(types === generated).toBe(true);
});

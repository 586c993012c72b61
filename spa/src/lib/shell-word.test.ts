import { describe, expect, it } from 'vitest';

import { shellWord } from './shell-word';

describe('a word of a shell', () => {
  it('is bare where it can be, else in single quotes', () => {
    expect(['node:22', 'a b', "it's $(id)", '', '-x'].map(shellWord)).toEqual(['node:22', "'a b'", "'it'\\''s $(id)'", "''", '-x']);
  });
});

import { describe, expect, it } from 'vitest';

import { fuzzy } from './fuzzy';

const order = (query: string, texts: string[]) =>
  texts
    .map((text) => ({ text, match: fuzzy(text, query) }))
    .filter((each) => each.match !== null)
    .sort((a, b) => (b.match?.score ?? 0) - (a.match?.score ?? 0))
    .map((each) => each.text);

describe('fuzzy', () => {
  it('finds letters in their order and refuses others', () => {
    expect(fuzzy('Deploy hello', 'dplo')?.at).toEqual([0, 2, 3, 4]);
    expect(fuzzy('Deploy hello', 'xyz')).toBeNull();
  });

  it('wants every word, in any order', () => {
    expect(fuzzy('hello Logs', 'logs hel')?.at).toEqual([0, 1, 2, 6, 7, 8, 9]);
    expect(fuzzy('hello Logs', 'logs other')).toBeNull();
  });

  it('prefers the start of words, then the shorter text', () => {
    expect(order('log', ['catalog', 'hello Logs', 'Logs'])).toEqual(['Logs', 'hello Logs', 'catalog']);
    expect(order('hello', ['hello Deployments', 'hello'])).toEqual(['hello', 'hello Deployments']);
  });

  it('lets an empty query through', () => {
    expect(fuzzy('anything', '  ')).not.toBeNull();
  });
});

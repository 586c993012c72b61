import { describe, expect, it } from 'vitest';

import { levelOf } from './level';
import { LogBuffer } from './log-buffer';
import { earlierHeadings, headingOf, matches, pieces, shownLines } from './shown';

function lines(...texts: string[]) {
  const buffer = new LogBuffer();
  buffer.append(`${texts.join('\n')}\n`);
  return buffer.lines;
}
const isHeading = (text: string) => text.startsWith('==> ');
const numbers = (shown: readonly { number: number }[]) => shown.map((line) => line.number);

describe('level of a line', () => {
  it.each([
    ['{"level":"error","msg":"x"}', 'error'],
    ['ts=1 level=warn msg="the error is handled"', 'warn'],
    ['2026-11-21 10:00:00 [ERROR] no connection', 'error'],
    ['npm ERR! code 1', 'error'],
    ['Warning: two packages are old', 'warn'],
    ['Traceback (most recent call last):', 'error'],
    ['INFO started', 'info'],
    ['TRACE row 4', 'debug'],
    ['GET /errors/warning 200', null],
    ['the terror of Informatics', null],
  ])('%s', (text, level) => expect(levelOf(text)).toBe(level));
});

describe('shown lines', () => {
  const log = lines('==> Fetching', 'a', 'b', '==> Building', 'ERROR c', 'd');

  it('leaves the lines alone while nothing is folded', () => {
    expect(shownLines(log, isHeading, new Set(), null).lines).toBe(log);
  });

  it('leaves out what is beneath a folded heading, and counts it', () => {
    const { lines: shown, hidden } = shownLines(log, isHeading, new Set([1]), null);

    expect(numbers(shown)).toEqual([1, 4, 5, 6]);
    expect(hidden.get(1)).toBe(2);
  });

  it('keeps headings and lines of the level', () => {
    expect(numbers(shownLines(log, isHeading, new Set(), 'warn').lines)).toEqual([1, 4, 5]);
  });

  it('finds the heading above a line, and all headings but the last', () => {
    expect(headingOf(log, 5, isHeading)).toBe(4);
    expect(earlierHeadings(log, isHeading)).toEqual([1]);
  });

  it('finds text whatever its case and colour', () => {
    expect(matches(lines('one', '\u001b[31mER\u001b[0mROR two', 'three'), 'error')).toEqual([2]);
    expect(matches(log, '')).toEqual([]);
    expect(pieces('Error: an error', 'error')).toEqual(['', 'Error', ': an ', 'error', '']);
  });
});

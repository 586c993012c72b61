import { describe, expect, it } from 'vitest';

import { plainText } from '@/lib/plain-text';

import { parseLine } from './ansi';

const esc = '\u001b';

describe('parseLine', () => {
  it('keeps the basic colours and weights, as classes', () => {
    const { spans } = parseLine(`a${esc}[1;32mok${esc}[0m ${esc}[91mbad${esc}[39m z`);

    expect(spans).toEqual([
      { text: 'a', className: '' },
      { text: 'ok', className: 'ansi-2 ansi-bold' },
      { text: ' ', className: '' },
      { text: 'bad', className: 'ansi-1' },
      { text: ' z', className: '' },
    ]);
  });

  it('carries an open style to the next line', () => {
    const { end } = parseLine(`${esc}[31mred`);

    expect(parseLine('still red', end).spans).toEqual([{ text: 'still red', className: 'ansi-1' }]);
  });

  it.each([
    ['a title', `${esc}]0;owned\u0007text`],
    ['a hyperlink', `${esc}]8;;https://evil.example${esc}\\text${esc}]8;;${esc}\\`],
    ['clearing the screen', `${esc}[2J${esc}[Htext`],
    ['a device query', `${esc}Ptext?${esc}\\text`],
    ['an unfinished sequence', `text${esc}]52;c;AAAA`],
    ['a lone escape at the end', `text${esc}`],
    ['private modes', `${esc}[?1049h${esc}[>4;2mtext`],
    ['C1 controls', 'text\u009b2J'],
  ])('drops %s', (_what, raw) => {
    expect(plainText(raw)).toBe('text');
  });

  it('ignores wide palettes without eating what follows', () => {
    const { spans } = parseLine(`${esc}[38;2;1;2;3mtrue${esc}[48;5;200mback${esc}[38;5;9;1mbold`);

    expect(spans.map((span) => span.className)).toEqual(['', '', 'ansi-1 ansi-bold']);
  });

  it('makes control characters and marks that turn the text visible', () => {
    expect(plainText('a\u0008b\u007fc')).toBe('a\u2408b\u2421c');
    expect(plainText('user\u202e\u2066txt')).toBe('user<U+202E><U+2066>txt');
  });

  it('leaves markup as text', () => {
    expect(parseLine('<img src=x onerror=alert(1)>').spans).toEqual([
      { text: '<img src=x onerror=alert(1)>', className: '' },
    ]);
  });

  it('shows what a progress line ended with, and tabs as columns', () => {
    expect(plainText('10 %\r50 %\r100 %\r')).toBe('100 %');
    expect(plainText('ab\tc')).toBe('ab      c');
  });
});

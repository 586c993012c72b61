import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';

import { LogBuffer } from './log-buffer';
import { rowOffsets, visibleWindow } from './window';

const raws = (buffer: LogBuffer) => buffer.lines.map((line) => line.raw);

describe('LogBuffer', () => {
  beforeEach(() => vi.useFakeTimers());
  afterEach(() => vi.useRealTimers());

  it('joins lines that arrive in pieces', () => {
    const buffer = new LogBuffer();

    buffer.append('one\ntw');
    buffer.append('o\n');
    buffer.append('\nthree');

    expect(raws(buffer)).toEqual(['one', 'two', '', 'three']);
  });

  it('keeps the newest lines and counts the others', () => {
    const buffer = new LogBuffer(10);

    for (let i = 1; i <= 1000; i += 1) buffer.append(`line ${i}\n`);

    expect(buffer.lines.length).toBeLessThanOrEqual(20);
    expect(buffer.dropped + buffer.lines.length).toBe(1000);
    expect(buffer.lines.at(-1)).toMatchObject({ number: 1000, raw: 'line 1000' });
    expect(buffer.lines[0]?.number).toBe(buffer.dropped + 1);
  });

  it('cuts a line that never ends', () => {
    const buffer = new LogBuffer(10, 100);

    for (let i = 0; i < 50; i += 1) buffer.append('x'.repeat(50));

    expect(raws(buffer)).toEqual([`${'x'.repeat(99)}…`]);
  });

  it('keeps writers apart when they interleave', () => {
    const buffer = new LogBuffer();

    buffer.append('from a', 'a');
    buffer.append('from b\n', 'b');

    expect(buffer.text()).toBe('a from a\nb from b');
  });

  it('tells listeners once for many chunks', () => {
    const buffer = new LogBuffer();
    const heard = vi.fn();
    buffer.subscribe(heard);

    for (let i = 0; i < 100; i += 1) buffer.append('x\n');
    vi.advanceTimersByTime(100);

    expect(heard).toHaveBeenCalledTimes(1);
  });

  it('takes 100,000 lines and stays within its bound', () => {
    const buffer = new LogBuffer(100_000);
    const chunk = 'a line of a build log that is of ordinary length\n'.repeat(1000);

    for (let i = 0; i < 120; i += 1) buffer.append(chunk);

    expect(buffer.lines.length).toBeLessThanOrEqual(101_000);
    expect(buffer.dropped + buffer.lines.length).toBe(120_000);
  });
});

describe('visibleWindow', () => {
  it('draws the visible lines and a margin', () => {
    expect(visibleWindow(1000, null, 500, 520, 10)).toEqual({ first: 490, last: 531, rowsBefore: 490, totalRows: 1000 });
    expect(visibleWindow(5, null, 0, 20, 10)).toEqual({ first: 0, last: 5, rowsBefore: 0, totalRows: 5 });
  });

  it('counts wrapped lines as several rows', () => {
    const offsets = rowOffsets([{ columns: 10 }, { columns: 25 }, { columns: 0 }, { columns: 11 }], 10);

    expect([...(offsets ?? [])]).toEqual([0, 1, 4, 5, 7]);
    expect(visibleWindow(4, offsets, 2, 3, 0)).toEqual({ first: 1, last: 2, rowsBefore: 1, totalRows: 7 });
  });
});

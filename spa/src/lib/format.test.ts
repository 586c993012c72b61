import { describe, expect, it } from 'vitest';

import { formatBytes, formatDuration, formatRelative, formatUtc, shortDigest } from './format';

describe('formatters', () => {
  const now = Date.parse('2026-11-21T11:00:00.000Z');

  it.each([
    [-60_000, 'just now'],
    [2_000, 'just now'],
    [12_400, '12 s ago'],
    [60_000, '1 min ago'],
    [3_599_000, '59 min ago'],
    [3_600_000, '1 h ago'],
    [90_000_000, '1 d ago'],
    [20 * 86_400_000, '2026-11-01'],
  ])('says %d ms ago as "%s"', (ago, text) => {
    expect(formatRelative(now - ago, now)).toBe(text);
  });

  it('gives exact times in UTC', () => {
    expect(formatUtc('2026-11-21T12:02:03.456+01:00')).toBe('2026-11-21 11:02:03 UTC');
    expect(formatUtc('yesterday')).toBe('unknown');
    expect(formatRelative('yesterday', now)).toBe('unknown');
  });

  it.each([
    [0, '0 ms'],
    [340, '340 ms'],
    [4_230, '4.2 s'],
    [59_960, '1 min 00 s'],
    [65_000, '1 min 05 s'],
    [3_599_600, '1 h 00 min'],
    [7_380_000, '2 h 03 min'],
    [-5, '0 ms'],
  ])('says %d ms as "%s"', (ms, text) => {
    expect(formatDuration(ms)).toBe(text);
  });

  it.each([
    [0, '0 B'],
    [999, '999 B'],
    [12_300, '12.3 kB'],
    [999_600, '1.0 MB'],
    [250_000_000, '250 MB'],
  ])('says %d bytes as "%s"', (bytes, text) => {
    expect(formatBytes(bytes)).toBe(text);
  });

  it('shortens digests only', () => {
    expect(shortDigest(`sha256:${'ab'.repeat(32)}`)).toBe('sha256:abababababab');
    expect(shortDigest('latest')).toBe('latest');
  });
});

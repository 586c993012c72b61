import { describe, expect, it } from 'vitest';

import { compare, rateText } from './traffic';

const told = (requests: number, app = 0) => ({
  app: 'hello',
  edges: 1,
  requests,
  in_flight: 0,
  errors: { app, connect: 0, response: 0, unserved: 0 },
  aborted: 0,
  retries: 0,
  limited: 0,
  p50_ms: 1,
  p99_ms: 2,
});

describe('traffic', () => {
  it('has no rate at the first look, and one at the second', () => {
    const first = compare(told(100), 1_000, undefined);
    expect(first.perSecond).toBeNull();

    const second = compare(told(150, 3), 11_000, first);
    expect(second.perSecond).toBe(5);
    expect(second.failed).toBe(3);
  });

  it('has no rate after an edge began to count anew', () => {
    const before = compare(told(100), 1_000, undefined);

    expect(compare(told(4), 11_000, before).perSecond).toBeNull();
  });

  it('keeps the rate when it is asked twice within a second', () => {
    const second = compare(told(150), 11_000, compare(told(100), 1_000, undefined));

    expect(compare(told(150), 11_500, second).perSecond).toBe(5);
  });

  it('is written short', () => {
    expect([0, 0.01, 0.34, 9.96, 12.4, 1234].map(rateText)).toEqual(['0', '<0.1', '0.3', '10.0', '12', '1.2k']);
  });
});

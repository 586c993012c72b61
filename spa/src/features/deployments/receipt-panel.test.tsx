import { render, screen } from '@testing-library/react';
import { describe, expect, it } from 'vitest';

import type { Receipt } from '@/api/types';

import { bars } from './receipt';
import { ReceiptPanel } from './receipt-panel';

const phase = (over: Partial<Receipt['before']> = {}): Receipt['before'] => ({
  seconds: 10,
  requests: 1040,
  failed: 0,
  app_errors: 0,
  p50_ms: 0.8,
  p99_ms: 4,
  ...over,
});

const receipt = (over: Partial<Receipt> = {}): Receipt => ({
  state: 'final',
  complete: true,
  gaps: [],
  edges: 1,
  opened_at: '2026-11-21T10:00:00.000Z',
  requests_old: 520,
  requests_new: 1520,
  failed: 0,
  errors: { app: 0, connect: 0, response: 0, unserved: 0, cut: 0 },
  aborted: 0,
  retries: 0,
  connections_drained: 8,
  longest_drain_ms: 10_150,
  before: phase(),
  during: phase({ p50_ms: 1, p99_ms: 8 }),
  after: phase({ p50_ms: null, p99_ms: null, requests: 0 }),
  ...over,
});

describe('ReceiptPanel', () => {
  it('says that nothing failed, who answered and what was drained', () => {
    render(<ReceiptPanel receipt={receipt()} />);

    expect(screen.getByText('No request failed')).toBeTruthy();
    expect(screen.getByText(/520 by the old release, 1\s520 by the new/)).toBeTruthy();
    expect(screen.getByText('8 connections, the longest for 10.2 s')).toBeTruthy();
    expect(screen.getByText('no request')).toBeTruthy();
    expect(screen.queryByText('Errors')).toBeNull();
  });

  it('names what failed by its cause', () => {
    render(
      <ReceiptPanel
        receipt={receipt({ failed: 3, errors: { app: 2, connect: 0, response: 1, unserved: 2, cut: 0 } })}
      />,
    );

    expect(screen.getByText('3 requests failed')).toBeTruthy();
    expect(screen.getByText('2 × no replica took requests')).toBeTruthy();
    expect(screen.getByText('2 × answered 5xx by the app')).toBeTruthy();
  });

  it('says when and why not everything was counted', () => {
    render(<ReceiptPanel receipt={receipt({ complete: false, gaps: ['haproxy_restarted'], state: 'open' })} />);

    expect(screen.getByText('Not everything was counted: HAProxy was restarted.')).toBeTruthy();
    expect(screen.getByText('still counting')).toBeTruthy();
  });
});

describe('bars', () => {
  it('draws all stretches to one scale', () => {
    const [before, during, after] = bars(receipt());

    expect(before?.p99Share).toBe(0.5);
    expect(during?.p99Share).toBe(1);
    expect(after?.p50Share).toBe(0);
    expect(before?.perSecond).toBe(104);
  });
});

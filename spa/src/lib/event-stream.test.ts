import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';

import { FakeEventSource } from '@/test/fake-event-source';

import { backoff, openStream } from './event-stream';

describe('openStream', () => {
  beforeEach(() => vi.useFakeTimers());
  afterEach(() => vi.useRealTimers());

  it('reconnects for ever, each time at the address of now', () => {
    let offset = 0;
    const onLost = vi.fn();
    const onOpen = vi.fn();
    const close = openStream(
      { url: () => `/log?offset=${offset}`, events: ['log'], delay: () => 10 },
      { onEvent: () => undefined, onLost, onOpen },
    );
    FakeEventSource.all[0]?.onopen?.();

    offset = 70;
    FakeEventSource.all[0]?.onerror?.();
    vi.advanceTimersByTime(10);
    FakeEventSource.all[1]?.onopen?.();

    expect(FakeEventSource.all.map((source) => source.url)).toEqual(['/log?offset=0', '/log?offset=70']);
    expect(FakeEventSource.all[0]?.closed).toBe(true);
    expect(onLost).toHaveBeenCalledTimes(1);
    expect(onOpen.mock.calls).toEqual([[false], [true]]);
    close();
  });

  it('is silent after it was closed', () => {
    const onEvent = vi.fn();
    const close = openStream({ url: () => '/feed', events: ['change'], delay: () => 10 }, { onEvent });

    close();
    FakeEventSource.all[0]?.send('change', {});
    FakeEventSource.all[0]?.onerror?.();
    vi.advanceTimersByTime(60_000);

    expect(onEvent).not.toHaveBeenCalled();
    expect(FakeEventSource.all).toHaveLength(1);
  });

  it('returns at once when the network does', () => {
    const close = openStream({ url: () => '/feed', events: [], delay: () => 60_000 }, { onEvent: () => undefined });
    FakeEventSource.all[0]?.onerror?.();

    window.dispatchEvent(new Event('online'));

    expect(FakeEventSource.all).toHaveLength(2);
    close();
  });

  it('waits longer each time, up to 15 s', () => {
    for (const attempt of [0, 3, 50]) {
      const wait = backoff(attempt);
      expect(wait).toBeGreaterThanOrEqual(250);
      expect(wait).toBeLessThanOrEqual(15_000);
    }
  });
});

import { act, renderHook } from '@testing-library/react';
import { http, HttpResponse } from 'msw';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';

import { FakeEventSource } from '@/test/fake-event-source';
import { server } from '@/test/server';

import { fetchBuildLog } from './api';
import { useBuildLog } from './build-log';

const stream = () => FakeEventSource.to('/log/stream');
const raws = (hook: { current: ReturnType<typeof useBuildLog> }) => hook.current.buffer.lines.map((line) => line.raw);

describe('useBuildLog', () => {
  beforeEach(() => vi.useFakeTimers());
  afterEach(() => vi.useRealTimers());

  it('resumes at the byte where the connection broke, and shows no byte twice', () => {
    const { result } = renderHook(() => useBuildLog('home', 'd', 0));
    act(() => {
      stream()?.onopen?.();
      stream()?.send('log', { offset: 0, text: 'one\n' }, '4');
      stream()?.onerror?.();
    });
    expect(result.current.state).toBe('reconnecting');

    act(() => {
      vi.advanceTimersByTime(20_000);
      stream()?.onopen?.();
      stream()?.send('log', { offset: 0, text: 'one\n' }, '4');
      stream()?.send('log', { offset: 4, text: 'two\n' }, '8');
    });

    expect(stream()?.url).toContain('offset=4');
    expect(raws(result)).toEqual(['one', 'two']);
  });

  it('closes the stream at its end', () => {
    const { result } = renderHook(() => useBuildLog('home', 'd', 0));

    act(() => stream()?.send('end', { state: 'live' }));

    expect(result.current.state).toBe('complete');
    expect(stream()?.closed).toBe(true);
  });

  it('begins near the end of a very large log', () => {
    renderHook(() => useBuildLog('home', 'd', 50_000_000));

    expect(stream()?.url).toContain('offset=34000000');
  });
});

describe('fetchBuildLog', () => {
  it('puts the pages of the log together', async () => {
    const whole = 'a build log of some length\n'.repeat(10);
    server.use(
      http.get('*/deployments/d/log', ({ request }) => {
        const offset = Number(new URL(request.url).searchParams.get('offset'));
        const part = whole.slice(offset, offset + 100);
        return new HttpResponse(part, { headers: { 'X-WH-Next-Offset': String(offset + part.length), 'X-WH-Complete': 'true' } });
      }),
    );

    const blob = await fetchBuildLog('home', 'd');

    expect(await blob.text()).toBe(whole);
  });
});

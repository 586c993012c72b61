import { act, renderHook } from '@testing-library/react';
import { beforeEach, describe, expect, it, vi } from 'vitest';

import { FakeEventSource } from '@/test/fake-event-source';

import { useRuntimeLog, type LogChoice } from './runtime-log';

const lines = (buffer: { lines: readonly { raw: string }[] }) => buffer.lines.map((line) => line.raw);

function begin(choice?: LogChoice) {
  const hook = renderHook(() => useRuntimeLog('acme', 'hello', choice));
  const stream = FakeEventSource.to('/logs/stream');
  act(() => stream?.onopen?.());
  return { hook, stream };
}

describe('useRuntimeLog', () => {
  beforeEach(() => {
    FakeEventSource.all = [];
    vi.stubGlobal('EventSource', FakeEventSource);
    vi.useFakeTimers();
    return () => vi.useRealTimers();
  });

  it('goes on where a broken stream was, without a line twice', () => {
    const { hook, stream } = begin();
    act(() => stream?.send('log', { replica: '0@host-1', text: 'one\n' }, 'r:4'));

    act(() => {
      stream?.onerror?.();
    });
    act(() => {
      vi.advanceTimersByTime(1000);
    });
    const again = FakeEventSource.to('/logs/stream');
    act(() => {
      again?.onopen?.();
    });
    act(() => again?.send('log', { replica: '0@host-1', text: 'two\n' }, 'r:8'));

    expect(again?.url).toContain('cursor=r%3A4');
    expect(lines(hook.result.current.buffer)).toEqual(['one', 'two']);
  });

  it('shows what was left out where it was left out', () => {
    const { hook, stream } = begin();

    act(() => stream?.send('log', { replica: '0@host-1', text: 'one\n' }, 'r:4'));
    act(() => stream?.send('gap', { replica: '0@host-1', bytes: 5000, text: '[12 lines left out]' }, 'r:9'));
    act(() => stream?.send('log', { replica: '0@host-1', text: 'two\n' }, 'r:13'));

    expect(lines(hook.result.current.buffer)).toEqual(['one', '[12 lines left out]', 'two']);
    expect(hook.result.current.replicas).toEqual(['0@host-1']);
  });

  it('takes the time off each line, and keeps it', () => {
    const { hook, stream } = begin();

    act(() => stream?.send('log', { replica: '0@host-1', text: '2026-11-21T10:00:00.000000001Z one\n2026-11-21T10:00:01.5Z two\n' }, 'r:4'));

    expect(lines(hook.result.current.buffer)).toEqual(['one', 'two']);
    expect(hook.result.current.buffer.lines.map(({ at }) => at)).toEqual(['2026-11-21T10:00:00.000000001Z', '2026-11-21T10:00:01.5Z']);
  });

  it('begins a little before the line that the address names', () => {
    const { stream } = begin({ since: '', replica: '', grep: '', at: '2026-11-21T10:00:11.5Z' });

    expect(stream?.url).toContain('since=2026-11-21T10%3A00%3A01.500Z');
  });

  it('asks the server for the chosen span, replica and lines', () => {
    const { stream } = begin({ since: '10m', replica: '0@host-1', grep: 'a b' });

    expect(stream?.url).toBe('/api/v1/orgs/acme/apps/hello/logs/stream?since=10m&replica=0%40host-1&grep=a%20b&timestamps=true');
  });
});

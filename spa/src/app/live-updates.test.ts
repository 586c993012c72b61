import { QueryClient, QueryObserver } from '@tanstack/react-query';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';

import { paths } from '@/api/paths';
import { keys } from '@/api/queries';
import type { Change } from '@/api/types';
import { app, deployment } from '@/test/data';
import { FakeEventSource } from '@/test/fake-event-source';

import { applyChanges, startLiveUpdates } from './live-updates';

const change = (over: Partial<Change>): Change => ({ kind: 'app.updated', at: '2026-11-21T10:00:00.000Z', ...over });
const isStale = (client: QueryClient, key: readonly unknown[]) => client.getQueryState(key)?.isInvalidated ?? false;

function filledClient(): QueryClient {
  const client = new QueryClient();
  client.setQueryData(keys.session, {});
  client.setQueryData(keys.apps, { pages: [{ items: [app()], next_cursor: null }], pageParams: [null] });
  client.setQueryData(keys.appDetail('hello'), app());
  client.setQueryData(keys.replicas('hello'), []);
  client.setQueryData(keys.releases('hello'), []);
  client.setQueryData(keys.appDetail('other'), app({ id: 'app-2', name: 'other' }));
  client.setQueryData(keys.deployment('deployment-1'), deployment({ state: 'building' }));
  client.setQueryData(keys.workers, []);
  return client;
}

describe('applyChanges', () => {
  it('refetches what a deployment touches, and shows its new state at once', () => {
    const client = filledClient();

    applyChanges(client, [
      change({ kind: 'deployment.live', app_id: 'app-1', deployment_id: 'deployment-1', data: { state: 'live' } }),
    ]);

    expect(client.getQueryData(keys.deployment('deployment-1'))).toMatchObject({ state: 'live' });
    expect(isStale(client, keys.deployment('deployment-1'))).toBe(true);
    expect(isStale(client, keys.appDetail('hello'))).toBe(true);
    expect(isStale(client, keys.apps)).toBe(true);
    expect(isStale(client, keys.appDetail('other'))).toBe(false);
    expect(isStale(client, keys.workers)).toBe(false);
  });

  it('refetches replicas but not variables when a replica changes', () => {
    const client = filledClient();

    applyChanges(client, [change({ kind: 'replica.healthy', app_id: 'app-1', replica_id: 'r' })]);

    expect(isStale(client, keys.replicas('hello'))).toBe(true);
    expect(isStale(client, keys.releases('hello'))).toBe(false);
  });

  it('refetches workers only when a worker changes', () => {
    const client = filledClient();

    applyChanges(client, [change({ kind: 'worker.online', worker_id: 'w' })]);

    expect(isStale(client, keys.workers)).toBe(true);
    expect(isStale(client, keys.apps)).toBe(false);
  });

  it('lets a read end that is under way, however many changes come, and reads once more behind it', async () => {
    const client = filledClient();
    const answers: (() => void)[] = [];
    const broken = vi.fn();
    const observer = new QueryObserver(client, {
      queryKey: keys.apps,
      queryFn: ({ signal }) => {
        signal.addEventListener('abort', broken);
        return new Promise((done) => answers.push(() => done({ pages: [], pageParams: [] })));
      },
      staleTime: Infinity,
    });
    const end = observer.subscribe(() => {});

    for (let times = 0; times < 3; ++times) applyChanges(client, [change({ app_id: 'app-2' })]);
    expect(answers).toHaveLength(1);
    answers[0]?.();
    await vi.waitFor(() => expect(answers).toHaveLength(2));
    answers[1]?.();
    await vi.waitFor(() => expect(client.isFetching()).toBe(0));

    expect(answers).toHaveLength(2);
    expect(broken).not.toHaveBeenCalled();
    end();
  });

  it('follows kinds it does not know by their ids', () => {
    const client = filledClient();

    applyChanges(client, [change({ kind: 'variables.staged', app_id: 'app-1' })]);

    expect(isStale(client, keys.releases('hello'))).toBe(true);
  });
});

describe('startLiveUpdates', () => {
  beforeEach(() => vi.useFakeTimers());
  afterEach(() => vi.useRealTimers());

  it('applies a burst of events as one refetch', async () => {
    const client = filledClient();
    const fetchDetail = vi.fn(() => Promise.resolve(app()));
    const observer = new QueryObserver(client, { queryKey: keys.appDetail('hello'), queryFn: fetchDetail, staleTime: Infinity });
    const unsubscribe = observer.subscribe(() => undefined);
    const stop = startLiveUpdates(client, paths.feed);

    for (const state of ['queued', 'building', 'built']) {
      FakeEventSource.to('/feed')?.send('change', change({ kind: `deployment.${state}`, app_id: 'app-1' }), state);
    }
    await vi.advanceTimersByTimeAsync(100);

    expect(fetchDetail).toHaveBeenCalledTimes(1);
    stop();
    unsubscribe();
  });

  it('refetches everything but the session on reset', () => {
    const client = filledClient();
    const stop = startLiveUpdates(client, paths.feed);

    FakeEventSource.to('/feed')?.send('reset', {});

    expect(isStale(client, keys.apps)).toBe(true);
    expect(isStale(client, keys.workers)).toBe(true);
    expect(isStale(client, keys.session)).toBe(false);
    stop();
  });

  it('refetches everything after a reconnect, for events may have been missed', () => {
    const client = filledClient();
    const stop = startLiveUpdates(client, paths.feed, () => 10);
    FakeEventSource.to('/feed')?.onopen?.();
    expect(isStale(client, keys.apps)).toBe(false);

    FakeEventSource.to('/feed')?.onerror?.();
    vi.advanceTimersByTime(10);
    FakeEventSource.to('/feed')?.onopen?.();

    expect(isStale(client, keys.apps)).toBe(true);
    stop();
  });

  it('resumes behind the last event it saw', () => {
    const stop = startLiveUpdates(filledClient(), paths.feed, () => 10);
    FakeEventSource.to('/feed')?.onopen?.();
    FakeEventSource.to('/feed')?.send('ready', {}, '7-1');
    FakeEventSource.to('/feed')?.send('change', change({}), '7-2');

    FakeEventSource.to('/feed')?.onerror?.();
    vi.advanceTimersByTime(10);

    expect(FakeEventSource.to('/feed')?.url).toContain('cursor=7-2');
    stop();
  });

  it('reads again what was read before the feed was open', () => {
    const client = filledClient();
    vi.advanceTimersByTime(5000);
    const stop = startLiveUpdates(client, paths.feed);
    FakeEventSource.to('/feed')?.onopen?.();
    vi.advanceTimersByTime(500);
    client.setQueryData(keys.workers, []);
    vi.advanceTimersByTime(600);

    expect(isStale(client, keys.apps)).toBe(true);
    expect(isStale(client, keys.workers)).toBe(false);
    stop();
  });

  it('survives nonsense', () => {
    const client = filledClient();
    const stop = startLiveUpdates(client, paths.feed);

    FakeEventSource.to('/feed')?.dispatchEvent(new MessageEvent('change', { data: '{"kind":7' }));
    FakeEventSource.to('/feed')?.send('change', ['no', 'event']);
    vi.advanceTimersByTime(100);

    expect(isStale(client, keys.apps)).toBe(false);
    stop();
  });
});

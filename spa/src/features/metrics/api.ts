import { queryOptions, useQuery } from '@tanstack/react-query';
import { useSyncExternalStore } from 'react';

import { request } from '@/api/client';
import { paths } from '@/api/paths';

import { everyMs, extend, type Sample, type Traffic } from './window';

/** What this browser saw of each app, as long as the page lives: there is no history on the server. */
const windows = new Map<string, readonly Sample[]>();
const listeners = new Set<() => void>();
const none: readonly Sample[] = [];

function remember(key: string, sample: Sample): void {
  windows.set(key, extend(windows.get(key) ?? none, sample));
  for (const listener of listeners) listener();
}

/** For tests: as if the page had just been opened. */
export function forgetWindows(): void {
  windows.clear();
}

const trafficQuery = (org: string, app: string) =>
  queryOptions({
    // Not below the app's prefix: counts are read by the clock, whatever the feed tells.
    queryKey: ['traffic', org, app],
    queryFn: async ({ signal }) => {
      const traffic = await request<Traffic>(paths.traffic(org, app), { signal });
      remember(`${org}/${app}`, { at: Date.now(), traffic });
      return traffic;
    },
    refetchInterval: everyMs,
    staleTime: 0,
  });

/** Reads an app's traffic while it is looked at, and what was seen of it before. */
export function useTraffic(org: string, app: string) {
  const query = useQuery(trafficQuery(org, app));
  const samples = useSyncExternalStore(
    (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    () => windows.get(`${org}/${app}`) ?? none,
  );
  return { query, samples };
}

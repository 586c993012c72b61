// What replicas and machines use, as the control plane keeps it for 15 minutes.
import { queryOptions } from '@tanstack/react-query';

import { request } from './client';
import type { Answer, Item } from './generated';
import { paths } from './paths';

export type AppUsage = Answer<'get_orgs_by_org_apps_by_app_metrics'>;
export type ReplicaUsage = AppUsage['replicas'][number];
export type WorkerUsage = Item<'get_orgs_by_org_workers_metrics'>;

/** Agents tell every 5 s. Read by the clock, whatever the feed tells: so the keys are below no app's. */
const everyMs = 5_000;

/** The last 15 minutes of each replica. */
export const appUsageQuery = (org: string, app: string) =>
  queryOptions({
    queryKey: ['usage', org, app],
    queryFn: ({ signal }) => request<AppUsage>(paths.appUsage(org, app), { signal }),
    refetchInterval: everyMs,
    staleTime: 0,
  });

/** What each worker uses now. */
export const workersUsageQuery = (org: string) =>
  queryOptions({
    queryKey: ['usage', org, 'workers'],
    queryFn: async ({ signal }) => (await request<{ items: WorkerUsage[] }>(paths.workersUsage(org), { signal })).items,
    refetchInterval: everyMs,
    staleTime: 0,
  });

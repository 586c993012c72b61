import { infiniteQueryOptions, queryOptions } from '@tanstack/react-query';

import { ApiError, request } from './client';
import { paths } from './paths';
import type { App, Deletion, Deployment, Page, Release, Replica, Session, Variable, Worker } from './types';

const pageSize = 50;

/** Every query key of the dashboard. Keys of one app share the prefix `app(ref)`, so that one call invalidates them all. */
export const keys = {
  session: ['session'] as const,
  apps: ['apps'] as const,
  app: (ref: string) => ['app', ref] as const,
  appDetail: (ref: string) => ['app', ref, 'detail'] as const,
  deployments: (ref: string) => ['app', ref, 'deployments'] as const,
  releases: (ref: string) => ['app', ref, 'releases'] as const,
  replicas: (ref: string) => ['app', ref, 'replicas'] as const,
  deletion: (ref: string) => ['app', ref, 'deletion'] as const,
  variables: (ref: string) => ['app', ref, 'variables'] as const,
  deployment: (id: string) => ['deployment', id] as const,
  workers: ['workers'] as const,
};

function withCursor(path: string, cursor: string | null, limit = pageSize): string {
  const query = new URLSearchParams({ limit: String(limit) });
  if (cursor) query.set('cursor', cursor);
  return `${path}?${query.toString()}`;
}

/** The session, or null when nobody is signed in. */
export const sessionQuery = () =>
  queryOptions({
    queryKey: keys.session,
    queryFn: async ({ signal }): Promise<Session | null> => {
      try {
        return await request<Session>(paths.session, { signal });
      } catch (error) {
        if (error instanceof ApiError && error.status === 401) return null;
        throw error;
      }
    },
    staleTime: 5 * 60_000,
  });

const paged = <T>(key: readonly unknown[], path: string) =>
  infiniteQueryOptions({
    queryKey: key,
    queryFn: ({ pageParam, signal }) => request<Page<T>>(withCursor(path, pageParam), { signal }),
    initialPageParam: null as string | null,
    getNextPageParam: (last) => last.next_cursor,
  });

export const appsQuery = (org: string) => paged<App>(keys.apps, paths.apps(org));

export const deploymentsQuery = (org: string, app: string) =>
  paged<Deployment>(keys.deployments(app), paths.appAction(org, app, 'deployments'));

export const deletionQuery = (org: string, app: string) =>
  queryOptions({
    queryKey: keys.deletion(app),
    queryFn: ({ signal }) => request<Deletion>(paths.deletion(org, app), { signal }),
  });

export const appQuery = (org: string, app: string) =>
  queryOptions({
    queryKey: keys.appDetail(app),
    queryFn: ({ signal }) => request<App>(paths.app(org, app), { signal }),
  });

export const deploymentQuery = (org: string, id: string) =>
  queryOptions({
    queryKey: keys.deployment(id),
    queryFn: ({ signal }) => request<Deployment>(paths.deployment(org, id), { signal }),
    // A receipt grows for a while after the last change that the feed tells of.
    refetchInterval: ({ state }) => (awaitsReceipt(state.data) ? 5_000 : false),
  });

const receiptComesWithin = 120_000;

/** Live, and the receipt is not there or not final yet; older deployments have none. */
function awaitsReceipt(deployment: Deployment | undefined): boolean {
  if (!deployment?.live_at || deployment.receipt?.state === 'final') return false;
  return Date.now() - Date.parse(deployment.live_at) < receiptComesWithin;
}

const list = <T>(key: readonly unknown[], path: string) =>
  queryOptions({
    queryKey: key,
    queryFn: async ({ signal }) => (await request<Page<T>>(withCursor(path, null, 100), { signal })).items,
  });

export const releasesQuery = (org: string, app: string) => list<Release>(keys.releases(app), paths.releases(org, app));
export const replicasQuery = (org: string, app: string) => list<Replica>(keys.replicas(app), paths.replicas(org, app));
export const variablesQuery = (org: string, app: string) =>
  list<Variable>(keys.variables(app), paths.variables(org, app));
export const workersQuery = (org: string) => list<Worker>(keys.workers, paths.workers(org));

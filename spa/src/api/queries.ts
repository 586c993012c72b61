import { infiniteQueryOptions, queryOptions } from '@tanstack/react-query';

import { ApiError, request } from './client';
import type { Answer } from './generated';
import { paths, type VariableScope } from './paths';
import type {
  App,
  Deletion,
  Deployment,
  Me,
  Member,
  Organization,
  Page,
  Project,
  Release,
  Replica,
  Session,
  SignIn,
  Worker,
} from './types';

const pageSize = 50;

/** Every query key of the dashboard. Keys of one app share the prefix `app(ref)`, so that one call invalidates them all. */
export const keys = {
  session: ['session'] as const,
  apps: ['apps'] as const,
  activity: ['activity'] as const,
  app: (ref: string) => ['app', ref] as const,
  appDetail: (ref: string) => ['app', ref, 'detail'] as const,
  deployments: (ref: string) => ['app', ref, 'deployments'] as const,
  appEnvironments: (ref: string) => ['app', ref, 'environments'] as const,
  releases: (ref: string) => ['app', ref, 'releases'] as const,
  replicas: (ref: string) => ['app', ref, 'replicas'] as const,
  hooks: (ref: string) => ['app', ref, 'hooks'] as const,
  logDrains: (ref: string) => ['app', ref, 'log-drains'] as const,
  deletion: (ref: string) => ['app', ref, 'deletion'] as const,
  deployment: (id: string) => ['deployment', id] as const,
  workers: ['workers'] as const,
  signIn: ['sign-in'] as const,
  me: ['me'] as const,
  sessions: ['me', 'sessions'] as const,
  clis: ['me', 'clis'] as const,
  sshKeys: ['me', 'ssh-keys'] as const,
  identities: ['me', 'identities'] as const,
  providerSettings: ['settings', 'sign-in'] as const,
  mailSettings: ['settings', 'mail'] as const,
  totp: ['me', 'totp'] as const,
  tokens: (org: string | null) => (org === null ? (['me', 'tokens'] as const) : (['org', org, 'tokens'] as const)),
  orgs: ['orgs'] as const,
  org: (org: string) => ['org', org, 'detail'] as const,
  members: (org: string) => ['org', org, 'members'] as const,
  invitations: (org: string) => ['org', org, 'invitations'] as const,
  projects: (org: string) => ['org', org, 'projects'] as const,
  environments: (org: string, project: string) => ['org', org, 'environments', project] as const,
  scopeVariables: (scope: VariableScope) =>
    scope.kind === 'app' ? (['app', scope.app, 'editor'] as const) : (['inherited', scope] as const),
  staged: (ref: string) => ['app', ref, 'staged'] as const,
  audit: (org: string) => ['org', org, 'audit'] as const,
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

export const paged = <T>(key: readonly unknown[], path: string) =>
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

export const list = <T>(key: readonly unknown[], path: string) =>
  queryOptions({
    queryKey: key,
    queryFn: async ({ signal }) => (await request<Page<T>>(withCursor(path, null, 100), { signal })).items,
  });

export const releasesQuery = (org: string, app: string) => list<Release>(keys.releases(app), paths.releases(org, app));
export const replicasQuery = (org: string, app: string) => list<Replica>(keys.replicas(app), paths.replicas(org, app));
export const workersQuery = (org: string) => list<Worker>(keys.workers, paths.workers(org));

/** How people sign in here; null where the server says nothing of it. */
export const signInQuery = () =>
  queryOptions({
    queryKey: keys.signIn,
    queryFn: async ({ signal }): Promise<SignIn | null> => {
      try {
        return await request<SignIn>(paths.signIn, { signal });
      } catch (error) {
        if (error instanceof ApiError && (error.status === 404 || error.status === 405)) return null;
        throw error;
      }
    },
    staleTime: 5 * 60_000,
  });

/** The signed-in person and what their session is good for. */
export const meQuery = () =>
  queryOptions({ queryKey: keys.me, queryFn: ({ signal }) => request<Me>(paths.me, { signal }) });

/** The organizations of the signed-in person. */
export const orgsQuery = () => list<Organization>(keys.orgs, paths.orgs);

export const orgQuery = (org: string) =>
  queryOptions({ queryKey: keys.org(org), queryFn: ({ signal }) => request<Organization>(paths.org(org), { signal }) });

export const projectsQuery = (org: string) => list<Project>(keys.projects(org), paths.projects(org));

export const membersQuery = (org: string) => list<Member>(keys.members(org), paths.members(org));

export type MailSettings = Answer<'get_settings_mail'>;

/** The mail server; for whoever runs the installation. */
export const mailSettingsQuery = () =>
  queryOptions({
    queryKey: keys.mailSettings,
    queryFn: ({ signal }) => request<MailSettings>(paths.mailSettings, { signal }),
  });

import type { InfiniteData, QueryClient } from '@tanstack/react-query';

import { keys } from '@/api/queries';
import type { App, Change, Deployment, DeploymentState, Page } from '@/api/types';
import { openStream, type StreamOptions } from '@/lib/event-stream';
import { setLive } from '@/lib/live';

const deploymentStates: ReadonlySet<string> = new Set<DeploymentState>([
  'queued',
  'building',
  'built',
  'releasing',
  'live',
  'failed',
  'cancelled',
  'superseded',
]);

/** Changes that arrive together are applied together: a deploy sends several within a few milliseconds. */
const batchMs = 60;

/** How long after the first connection the pages that were read before it are read again. */
const catchUpMs = 1000;

/** The names under which an app is cached: pages address it by name, the feed by id. */
function refsOf(queryClient: QueryClient, appId: string): string[] {
  const refs = new Set<string>();
  for (const query of queryClient.getQueryCache().findAll({ queryKey: ['app'] })) {
    const [, ref, part] = query.queryKey as readonly [string, string, string];
    if (part !== 'detail') continue;
    const app = query.state.data as App | undefined;
    if (app === undefined || app.id === appId || ref === appId) refs.add(ref);
  }
  for (const page of queryClient.getQueryData<InfiniteData<Page<App>>>(keys.apps)?.pages ?? []) {
    for (const app of page.items) if (app.id === appId) refs.add(app.name);
  }
  return [...refs];
}

/** Shows a deployment's new state before its refetch has come back. */
function patchDeployment(queryClient: QueryClient, change: Change): void {
  const state = change.data?.['state'];
  if (!change.deployment_id || typeof state !== 'string' || !deploymentStates.has(state)) return;
  queryClient.setQueryData<Deployment>(keys.deployment(change.deployment_id), (old) =>
    old ? { ...old, state: state as DeploymentState } : old,
  );
}

/** Told on the page of what happened: not the steps on the way, nor the ordinary life of replicas. */
const isNews = (kind: string) => kind !== 'deployment.progress' && (!kind.startsWith('replica.') || kind === 'replica.failed');

/** What is being read and has to be read once more behind that. */
const onceMore = new WeakMap<QueryClient, Set<string>>();

/**
 * Reads anew what has changed. A read that is under way is not broken off for it, since where changes come faster than
 * answers none would ever end; as it may have been answered before the change, another follows it.
 */
async function refresh(queryClient: QueryClient, queryKey: readonly unknown[]): Promise<void> {
  if (queryClient.isFetching({ queryKey }) > 0) {
    const waiting = onceMore.get(queryClient) ?? new Set<string>();
    const id = JSON.stringify(queryKey);
    if (waiting.has(id)) return;
    onceMore.set(queryClient, waiting.add(id));
    await queryClient.invalidateQueries({ queryKey }, { cancelRefetch: false });
    waiting.delete(id);
  }
  await queryClient.invalidateQueries({ queryKey });
}

/** Marks what the changes concern as stale; queries on the screen are refetched, the others when they are shown. */
export function applyChanges(queryClient: QueryClient, changes: readonly Change[]): void {
  const stale = new Map<string, readonly unknown[]>();
  const mark = (key: readonly unknown[]) => stale.set(JSON.stringify(key), key);

  for (const change of changes) {
    const subject = change.kind.split('.', 1)[0] ?? '';
    patchDeployment(queryClient, change);
    if (isNews(change.kind)) mark(keys.activity);
    if (change.deployment_id) mark(keys.deployment(change.deployment_id));
    if (change.worker_id || subject === 'worker') mark(keys.workers);
    if (!change.app_id && !['app', 'deployment', 'replica'].includes(subject)) continue;

    mark(keys.apps);
    for (const ref of change.app_id ? refsOf(queryClient, change.app_id) : []) {
      if (subject === 'replica') {
        mark(keys.replicas(ref));
        mark(keys.appDetail(ref));
        mark(keys.appEnvironments(ref));
      } else if (change.kind === 'deployment.progress') {
        mark(keys.appDetail(ref));
      } else {
        mark(keys.app(ref));
      }
    }
  }
  for (const queryKey of stale.values()) void refresh(queryClient, queryKey);
}

function parseChange(data: string): Change | null {
  try {
    const value: unknown = JSON.parse(data);
    return typeof value === 'object' && value !== null && 'kind' in value && typeof value.kind === 'string'
      ? (value as Change)
      : null;
  } catch {
    return null;
  }
}

/** Follows the feed at this path for as long as somebody is signed in. Returns what ends it. */
export function startLiveUpdates(queryClient: QueryClient, feed: string, delay?: StreamOptions['delay']): () => void {
  let pending: Change[] = [];
  let timer: ReturnType<typeof setTimeout> | undefined;
  let catchUp: ReturnType<typeof setTimeout> | undefined;
  let cursor = '';

  const flush = () => {
    timer = undefined;
    const changes = pending;
    pending = [];
    applyChanges(queryClient, changes);
  };
  // The session is left alone: while somebody is signed in, only a refusal ends it.
  const refetchAll = () =>
    void queryClient.invalidateQueries({ predicate: (query) => query.queryKey[0] !== keys.session[0] });

  // What was read before the feed was open may lack a change that the feed will not tell.
  const refetchOlderThan = (moment: number) =>
    void queryClient.invalidateQueries({
      predicate: (query) => query.queryKey[0] !== keys.session[0] && query.state.dataUpdatedAt < moment,
    });
  const feedAt = () => (cursor ? `${feed}?cursor=${encodeURIComponent(cursor)}` : feed);

  setLive('connecting');
  const close = openStream(
    { url: feedAt, events: ['change', 'reset', 'ready'], ...(delay ? { delay } : {}) },
    {
      onOpen: (again) => {
        setLive('live');
        if (again) refetchAll();
        else catchUp = setTimeout(() => refetchOlderThan(Date.now() - catchUpMs / 2), catchUpMs);
      },
      onLost: () => {
        setLive('reconnecting');
        // The stream cannot say why it ended; the session can.
        void queryClient.invalidateQueries({ queryKey: keys.session });
      },
      onEvent: (event, data, id) => {
        if (id) cursor = id;
        if (event === 'ready') return;
        if (event === 'reset') {
          refetchAll();
          return;
        }
        const change = parseChange(data);
        if (!change) return;
        pending.push(change);
        timer ??= setTimeout(flush, batchMs);
      },
    },
  );
  return () => {
    clearTimeout(timer);
    clearTimeout(catchUp);
    close();
  };
}

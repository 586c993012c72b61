import { request, send } from '@/api/client';
import { paths } from '@/api/paths';
import { keys } from '@/api/queries';
import type { App, Deployment, Release } from '@/api/types';
import { noRepository } from '@/lib/deployment';
import { useOrg } from '@/lib/session';
import { useAction } from '@/lib/use-action';

/** Which releases can be gone back to. */
export const keptImages = 'Images of the last ten releases that were live are kept, with the current and the pinned ones.';

interface Start {
  action: 'deployments' | 'rollback' | 'restart' | 'apply-staged';
  body?: { commit?: string; branch?: string; upload?: string; environment?: string; release?: number };
}

/** What builds the same commit, or what was sent then, once more: in the environment where it ran, whatever its branch is for. */
export function sameAgain({ source }: Deployment, app: App): NonNullable<Start['body']> {
  const { environment } = app;
  if (source.git_url.startsWith(noRepository)) return { environment, upload: source.git_url.slice(noRepository.length) };
  return { environment, branch: source.branch, ...(source.commit ? { commit: source.commit } : {}) };
}

/** Starts a deployment of an app: a deploy, a restart or a rollback. */
export function useStartDeployment(app: string, onStarted: (deployment: Deployment) => void) {
  const org = useOrg();
  return useAction({
    run: ({ action, body }: Start, idempotencyKey) =>
      request<Deployment>(paths.appAction(org, app, action), { method: 'POST', body: body ?? {}, idempotencyKey }),
    invalidates: () => [keys.app(app), keys.apps],
    onDone: onStarted,
  });
}

/** Keeps the image of a release whatever its age, or lets it go its way again. */
export function usePinRelease(app: string) {
  const org = useOrg();
  return useAction({
    run: ({ number, pinned }: { number: number; pinned: boolean }, idempotencyKey) =>
      request<Release>(paths.releasePin(org, app, number), { method: pinned ? 'PUT' : 'DELETE', idempotencyKey }),
    invalidates: () => [keys.app(app), keys.apps],
  });
}

export function useCancelDeployment(app: string) {
  const org = useOrg();
  return useAction({
    run: (id: string, idempotencyKey) =>
      request<Deployment>(paths.cancel(org, id), { method: 'POST', body: {}, idempotencyKey }),
    invalidates: (id) => [keys.deployment(id), keys.app(app), keys.apps],
  });
}

const maxPages = 10_000;

/** The whole build log, page by page. */
export async function fetchBuildLog(org: string, deployment: string): Promise<Blob> {
  const parts: ArrayBuffer[] = [];
  let offset = 0;
  for (let page = 0; page < maxPages; page += 1) {
    const response = await send(paths.buildLog(org, deployment, offset));
    const part = await response.arrayBuffer();
    parts.push(part);
    const next = Number(response.headers.get('x-wh-next-offset') ?? offset + part.byteLength);
    // What is still being written ends at what is there now.
    if (part.byteLength === 0 || !(next > offset)) break;
    offset = next;
  }
  return new Blob(parts, { type: 'text/plain;charset=utf-8' });
}

import { request, send } from '@/api/client';
import { paths } from '@/api/paths';
import { keys } from '@/api/queries';
import type { Deployment } from '@/api/types';
import { useOrg } from '@/lib/session';
import { useAction } from '@/lib/use-action';

interface Start {
  action: 'deployments' | 'rollback' | 'restart' | 'apply-staged';
  body?: { commit?: string; branch?: string; release?: number };
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

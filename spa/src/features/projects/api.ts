import { request } from '@/api/client';
import { paths } from '@/api/paths';
import { keys } from '@/api/queries';
import type { App, CreateApp, UpdateApp } from '@/api/types';
import { useOrg } from '@/lib/session';
import { useAction } from '@/lib/use-action';

export function useCreateApp(onDone: (app: App) => void) {
  const org = useOrg();
  return useAction({
    run: (body: CreateApp, idempotencyKey) =>
      // Who has a role in one project only may make apps there only, by its own path.
      request<App>(body.project ? paths.projectApps(org, body.project) : paths.apps(org), { method: 'POST', body, idempotencyKey }),
    invalidates: () => [keys.apps],
    onDone,
  });
}

/** Something that is asked of an app and changes nothing but its desired state. */
export function useAppAction(app: string, action: 'start' | 'stop' | 'undo' | 'resume') {
  const org = useOrg();
  return useAction({
    run: (_: null, idempotencyKey) =>
      request<App>(paths.appAction(org, app, action), { method: 'POST', body: {}, idempotencyKey }),
    invalidates: () => [keys.app(app), keys.apps],
  });
}

export function useDeleteApp(app: string, onDone: () => void) {
  const org = useOrg();
  return useAction({
    run: (_: null, idempotencyKey) => request<App>(paths.app(org, app), { method: 'DELETE', idempotencyKey }),
    invalidates: () => [keys.apps],
    onDone,
  });
}

export function useUpdateApp(app: string, onDone: (app: App) => void) {
  const org = useOrg();
  return useAction({
    run: (body: UpdateApp, idempotencyKey) =>
      request<App>(paths.app(org, app), { method: 'PATCH', body, idempotencyKey }),
    invalidates: () => [keys.app(app), keys.apps],
    onDone,
  });
}

import { request } from '@/api/client';
import { paths } from '@/api/paths';
import { keys, list } from '@/api/queries';
import type { App, CreateApp, UpdateApp } from '@/api/types';
import { useOrg } from '@/lib/session';
import { toast } from '@/lib/toast';
import { useAction } from '@/lib/use-action';

/** An app in each environment where it is, production first. */
export const appEnvironmentsQuery = (org: string, app: string) => list<App>(keys.appEnvironments(app), paths.appEnvironments(org, app));

export function useAddToEnvironment(app: string, onDone: () => void) {
  const org = useOrg();
  return useAction({
    run: (environment: string, idempotencyKey) =>
      request<App>(paths.appEnvironments(org, app), { method: 'POST', body: { environment }, idempotencyKey }),
    // Each environment of the app shows the list.
    invalidates: () => [['app']],
    onDone,
  });
}

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

/** Says that an app was deleted, and offers to bring it back; also when its page is no longer there. */
export function useSayDeleted() {
  const org = useOrg();
  return (app: string) =>
    toast.undo(`${app} was deleted`, 'For 24 hours it can be brought back.', () => {
      request<App>(paths.appAction(org, app, 'undo'), { method: 'POST', body: {} }).then(
        () => toast.done(`${app} is back`),
        (error: unknown) => toast.error('It stays deleted', error instanceof Error ? error.message : undefined),
      );
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

import { request, send } from '@/api/client';
import { paths } from '@/api/paths';
import { keys } from '@/api/queries';
import type { Variable } from '@/api/types';
import { useOrg } from '@/lib/session';
import { useAction } from '@/lib/use-action';

const changed = (app: string) => [keys.variables(app), keys.appDetail(app), keys.apps];

export function useSetVariable(app: string, onDone: () => void) {
  const org = useOrg();
  return useAction({
    run: ({ name, value }: { name: string; value: string }, idempotencyKey) =>
      request<Variable>(paths.variable(org, app, name), { method: 'PUT', body: { value }, idempotencyKey }),
    invalidates: () => changed(app),
    onDone,
  });
}

export function useDeleteVariable(app: string) {
  const org = useOrg();
  return useAction({
    run: (name: string, idempotencyKey) => send(paths.variable(org, app, name), { method: 'DELETE', idempotencyKey }),
    invalidates: () => changed(app),
  });
}

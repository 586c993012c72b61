import { queryOptions } from '@tanstack/react-query';

import { request } from '@/api/client';
import type { Answer, Body, Item } from '@/api/generated';
import { paths, type VariableScope } from '@/api/paths';
import { keys } from '@/api/queries';
import type { Deployment, Page } from '@/api/types';
import { useOrg } from '@/lib/session';
import { useAction } from '@/lib/use-action';

export type ScopedVariable = Item<'get_orgs_by_org_apps_by_app_variables'>;
/** What a change does, before or after it was made. */
export type VariableChange = Item<'patch_orgs_by_org_apps_by_app_variables'>;
export type VariableSide = NonNullable<VariableChange['before']>;
export type Change = Omit<Body<'patch_orgs_by_org_apps_by_app_variables'>, 'dry_run'>;
export type NewValue = NonNullable<Change['set']>[number];
export type Revealed = Answer<'post_orgs_by_org_apps_by_app_variables_reveal'>;
export type Staged = Answer<'get_orgs_by_org_apps_by_app_staged'>;

/** The variables of a place; of an app, with those that it inherits. */
export const scopeVariablesQuery = (org: string, scope: VariableScope) =>
  queryOptions({
    queryKey: keys.scopeVariables(scope),
    queryFn: async ({ signal }) => {
      const query = scope.kind === 'app' ? '?inherited=true' : '';
      return (await request<Page<ScopedVariable>>(paths.scopeVariables(org, scope) + query, { signal })).items;
    },
  });

export const stagedQuery = (org: string, app: string) =>
  queryOptions({
    queryKey: keys.staged(app),
    queryFn: ({ signal }) => request<Staged>(paths.staged(org, app), { signal }),
  });

const touched = (scope: VariableScope) => (scope.kind === 'app' ? [keys.app(scope.app), keys.apps] : [keys.scopeVariables(scope), ['app'], keys.apps]);

/** Says what a change would do, and does nothing. */
export function useDryRun(scope: VariableScope) {
  const org = useOrg();
  return useAction({
    run: (change: Change, idempotencyKey) =>
      request<{ items: VariableChange[] }>(paths.scopeVariables(org, scope), {
        method: 'PATCH',
        body: { ...change, dry_run: true },
        idempotencyKey,
      }),
  });
}

export function useApplyChange(scope: VariableScope, onDone: () => void) {
  const org = useOrg();
  return useAction({
    run: (change: Change, idempotencyKey) =>
      request<{ items: VariableChange[] }>(paths.scopeVariables(org, scope), { method: 'PATCH', body: change, idempotencyKey }),
    invalidates: () => touched(scope),
    onDone,
  });
}

export function useReveal(scope: VariableScope) {
  const org = useOrg();
  return useAction({
    run: (names: string[], idempotencyKey) =>
      request<Revealed>(paths.scopeReveal(org, scope), { method: 'POST', body: { names }, idempotencyKey }),
  });
}

export function useApplyStaged(app: string, onStarted: (deployment: Deployment) => void) {
  const org = useOrg();
  return useAction({
    run: (_: null, idempotencyKey) =>
      request<Deployment>(paths.appAction(org, app, 'apply-staged'), { method: 'POST', body: {}, idempotencyKey }),
    invalidates: () => [keys.app(app), keys.apps],
    onDone: onStarted,
  });
}

import { queryOptions } from '@tanstack/react-query';

import { request } from '@/api/client';
import { paths, type VariableScope } from '@/api/paths';
import { keys } from '@/api/queries';
import type { Deployment, Page } from '@/api/types';
import { useOrg } from '@/lib/session';
import { useAction } from '@/lib/use-action';

export interface ScopedVariable {
  name: string;
  updated_at: string;
  staged: boolean;
  /** Where it is set: app, environment, project or organization; the first of these wins. */
  level: string;
  build_time: boolean;
  run_time: boolean;
  /** Its value holds references such as ${db.url}. */
  expand: boolean;
  refers_to: string[];
  fingerprint: string | null;
  /** Levels that have a variable of this name too, which does not count. */
  hides: string[];
}

export interface VariableSide {
  fingerprint: string | null;
  build_time: boolean;
  run_time: boolean;
  expand: boolean;
}

export interface VariableChange {
  name: string;
  change: 'added' | 'changed' | 'removed' | 'same';
  before: VariableSide | null;
  after: VariableSide | null;
}

export interface NewValue {
  name: string;
  value: string;
  build_time?: boolean;
  run_time?: boolean;
  expand?: boolean;
}

export interface Change {
  set?: NewValue[];
  unset?: string[];
  text?: string;
  replace?: boolean;
}

export interface Revealed {
  items: { name: string; value: string; build_time: boolean; run_time: boolean; expand: boolean }[];
  text: string;
}

export interface Staged {
  variables: {
    name: string;
    change: 'added' | 'changed' | 'removed';
    level: string | null;
    live: VariableSide | null;
    staged: VariableSide | null;
  }[];
  settings: string[];
  problems: { code: string; message: string; name: string | null }[];
}

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

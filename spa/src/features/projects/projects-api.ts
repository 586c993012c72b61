import { request, send } from '@/api/client';
import { paths } from '@/api/paths';
import { keys, list } from '@/api/queries';
import type { Project } from '@/api/types';
import { useOrg } from '@/lib/session';
import { useAction } from '@/lib/use-action';

export interface Environment {
  id: string;
  name: string;
  /** Which branches it is for: names, with * for any run of characters. */
  branch_patterns: string[];
  apps: number;
  created_at: string;
}

export const environmentsQuery = (org: string, project: string) =>
  list<Environment>(keys.environments(org, project), paths.environments(org, project));

export function useCreateProject(onDone: (made: Project) => void) {
  const org = useOrg();
  return useAction({
    run: (body: { slug: string; name?: string }, idempotencyKey) =>
      request<Project>(paths.projects(org), { method: 'POST', body, idempotencyKey }),
    invalidates: () => [keys.projects(org)],
    onDone,
  });
}

export function useChangeProject(project: string, onDone: (changed: Project) => void) {
  const org = useOrg();
  return useAction({
    run: (body: { slug?: string; name?: string }, idempotencyKey) =>
      request<Project>(paths.project(org, project), { method: 'PATCH', body, idempotencyKey }),
    invalidates: () => [keys.projects(org), keys.apps],
    onDone,
  });
}

export function useDeleteProject(project: string, onDone: () => void) {
  const org = useOrg();
  return useAction({
    run: (_: null, idempotencyKey) => request<Project>(paths.project(org, project), { method: 'DELETE', idempotencyKey }),
    invalidates: () => [keys.projects(org)],
    onDone,
  });
}

/** Makes an environment, or changes which branches the one of this name is for. */
export function useSaveEnvironment(project: string, exists: boolean, onDone: () => void) {
  const org = useOrg();
  return useAction({
    run: ({ name, branch_patterns }: { name: string; branch_patterns: string[] }, idempotencyKey) =>
      exists
        ? request<Environment>(paths.environment(org, project, name), { method: 'PATCH', body: { branch_patterns }, idempotencyKey })
        : request<Environment>(paths.environments(org, project), { method: 'POST', body: { name, branch_patterns }, idempotencyKey }),
    invalidates: () => [keys.environments(org, project)],
    onDone,
  });
}

export function useDeleteEnvironment(project: string, onDone: () => void) {
  const org = useOrg();
  return useAction({
    run: (name: string, idempotencyKey) => send(paths.environment(org, project, name), { method: 'DELETE', idempotencyKey }),
    invalidates: () => [keys.environments(org, project)],
    onDone,
  });
}

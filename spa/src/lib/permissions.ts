import { useQuery } from '@tanstack/react-query';

import { membersQuery } from '@/api/queries';
import type { Role } from '@/api/types';

import { lookup } from './lookup';
import { useSession } from './session';

/** The least role of each permission, for a session that does not list its permissions. The server decides. */
const leastRole = {
  'organization:read': 'viewer',
  'organization:write': 'admin',
  'organization:delete': 'owner',
  'organization:own': 'owner',
  'member:read': 'viewer',
  'member:manage': 'admin',
  'member:leave': 'viewer',
  'token:manage': 'admin',
  'audit:read': 'admin',
  'project:read': 'viewer',
  'project:write': 'member',
  'project:delete': 'admin',
  'app:read': 'viewer',
  'app:write': 'member',
  'app:deploy': 'member',
  'app:erase': 'member',
  'variable:read': 'member',
  'variable:write': 'member',
  'variable:reveal': 'admin',
  'log:read': 'viewer',
  'worker:read': 'viewer',
  'worker:manage': 'admin',
} as const satisfies Record<string, Role>;

export type Permission = keyof typeof leastRole;

/** Weakest first. */
export const roles: readonly Role[] = ['viewer', 'member', 'admin', 'owner'];

const roleTexts: Record<Role, string> = {
  viewer: 'Sees apps, deployments and logs',
  member: 'Also deploys, changes apps and their variables',
  admin: 'Also members, tokens, values of variables and the audit log',
  owner: 'Everything, with deleting the organization',
};

export const roleText = (role: string) => lookup(roleTexts, role, '');

export const roleAtLeast = (role: string, least: Role) => roles.indexOf(role as Role) >= roles.indexOf(least);

/** Roles that somebody may give: at most their own. */
export const rolesUpTo = (role: string): Role[] => roles.filter((each) => roleAtLeast(role, each));

/** What a role gives. */
export const permissionsOf = (role: string): string[] =>
  Object.entries(leastRole)
    .filter(([, least]) => roleAtLeast(role, least))
    .map(([name]) => name);

/** Whether the signed-in person may do it in the whole organization. For what is in a project: `useCanIn`. */
export function useCan(permission: Permission): boolean {
  const session = useSession();
  return session.permissions?.includes(permission) ?? roleAtLeast(session.role, leastRole[permission]);
}

/**
 * Asks whether they may do something in a project (by slug): by their role in the organization, or by one that they have in
 * this project only. Without a project: in any. False until the roles in projects are known; they are read only where the
 * organization's role does not give everything that a project can.
 */
export function useMay(): (permission: Permission, project?: string) => boolean {
  const session = useSession();
  const { slug } = session.organization;
  const limited = !roleAtLeast(session.role, 'admin') && slug !== '';
  const members = useQuery({ ...membersQuery(slug), enabled: limited, staleTime: 60_000 });
  return (permission, project) => {
    if (session.permissions?.includes(permission) ?? roleAtLeast(session.role, leastRole[permission])) return true;
    const own = members.data?.find((member) => member.id === session.person.id)?.projects ?? [];
    return own.some((each) => (project === undefined || each.slug === project) && roleAtLeast(each.role, leastRole[permission]));
  };
}

/** As `useMay`, for one permission. */
export const useCanIn = (project: string | undefined, permission: Permission): boolean => useMay()(permission, project);

/** Why a button is off, for its title. */
export const notAllowed = 'Your role does not allow this. An admin of the organization can change it.';

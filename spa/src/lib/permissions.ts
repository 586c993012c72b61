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
  'variable:read': 'member',
  'variable:write': 'member',
  'variable:reveal': 'admin',
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

/** Whether the signed-in person may do it in the organization. A role in one project may add to that. */
export function useCan(permission: Permission): boolean {
  const session = useSession();
  return session.permissions?.includes(permission) ?? roleAtLeast(session.role, leastRole[permission]);
}

import { request, send } from '@/api/client';
import { paths } from '@/api/paths';
import { keys, list } from '@/api/queries';
import type { Organization, Role } from '@/api/types';
import { useAction } from '@/lib/use-action';

export interface Member {
  id: string;
  name: string;
  email?: string | null;
  role: Role;
  permissions: string[];
  /** The permissions were chosen one by one, instead of the role's. */
  custom: boolean;
  limited_to_projects: boolean;
  projects: { id: string; slug: string; role: Role }[];
  since: string;
}

export interface Invitation {
  id: string;
  role: Role;
  email?: string | null;
  invited_by: string;
  created_at: string;
  expires_at: string;
}

export interface NewInvitation {
  invitation: Invitation;
  link: string;
  /** Whether it goes out by e-mail. */
  mailed: boolean;
}

export interface Offer {
  organization: string;
  role: Role;
  invited_by: string;
  expires_at: string;
}

export const membersQuery = (org: string) => list<Member>(keys.members(org), paths.members(org));
export const invitationsQuery = (org: string) => list<Invitation>(keys.invitations(org), paths.invitations(org));

export const useCreateOrganization = (onDone: (made: Organization) => void) =>
  useAction({
    run: (body: { name: string; slug?: string }, idempotencyKey) =>
      request<Organization>(paths.orgs, { method: 'POST', body, idempotencyKey }),
    invalidates: () => [keys.orgs],
    onDone,
  });

export interface OrganizationChange {
  name?: string;
  slug?: string;
  second_factor_required?: boolean;
}

export const useChangeOrganization = (org: string, onDone: (changed: Organization) => void) =>
  useAction({
    run: (body: OrganizationChange, idempotencyKey) =>
      request<Organization>(paths.org(org), { method: 'PATCH', body, idempotencyKey }),
    invalidates: () => [keys.orgs, keys.org(org), keys.session],
    onDone,
  });

export const useDeleteOrganization = (org: string, onDone: () => void) =>
  useAction({
    run: (_: null, idempotencyKey) => request<Organization>(paths.org(org), { method: 'DELETE', idempotencyKey }),
    invalidates: () => [keys.orgs, keys.org(org), keys.apps],
    onDone,
  });

export const useUndoDeletion = (org: string) =>
  useAction({
    run: (_: null, idempotencyKey) =>
      request<Organization>(paths.orgAction(org, 'undo'), { method: 'POST', body: {}, idempotencyKey }),
    invalidates: () => [keys.orgs, keys.org(org), keys.apps],
  });

export const useLeave = (org: string, onDone: () => void) =>
  useAction({
    run: (_: null, idempotencyKey) => send(paths.orgAction(org, 'leave'), { method: 'POST', body: {}, idempotencyKey }),
    onDone,
  });

export const useTransfer = (org: string, onDone: () => void) =>
  useAction({
    run: (person: string, idempotencyKey) =>
      request<Member>(paths.orgAction(org, 'transfer'), { method: 'POST', body: { person }, idempotencyKey }),
    invalidates: () => [keys.members(org), keys.orgs, keys.org(org), keys.session],
    onDone,
  });

export interface MemberChange {
  role?: string;
  permissions?: string[];
  limited_to_projects?: boolean;
}

export const useChangeMember = (org: string) =>
  useAction({
    run: ({ person, change }: { person: string; change: MemberChange }, idempotencyKey) =>
      request<Member>(paths.member(org, person), { method: 'PATCH', body: change, idempotencyKey }),
    invalidates: () => [keys.members(org)],
  });

export const useRemoveMember = (org: string, onDone: () => void) =>
  useAction({
    run: (person: string, idempotencyKey) => send(paths.member(org, person), { method: 'DELETE', idempotencyKey }),
    invalidates: () => [keys.members(org)],
    onDone,
  });

/** `role` null takes the role in the project back. */
export const useProjectRole = (org: string) =>
  useAction({
    run: ({ person, project, role }: { person: string; project: string; role: string | null }, idempotencyKey) =>
      request<Member>(
        paths.memberProject(org, person, project),
        role === null ? { method: 'DELETE', idempotencyKey } : { method: 'PUT', body: { role }, idempotencyKey },
      ),
    invalidates: () => [keys.members(org)],
  });

export const useInvite = (org: string) =>
  useAction({
    run: (body: { role: string; email?: string }, idempotencyKey) =>
      request<NewInvitation>(paths.invitations(org), { method: 'POST', body, idempotencyKey }),
    invalidates: () => [keys.invitations(org)],
  });

export const useRevokeInvitation = (org: string) =>
  useAction({
    run: (id: string, idempotencyKey) => send(paths.invitation(org, id), { method: 'DELETE', idempotencyKey }),
    invalidates: () => [keys.invitations(org)],
  });

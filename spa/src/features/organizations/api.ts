import { request, send } from '@/api/client';
import type { Answer, Body, Item } from '@/api/generated';
import { paths } from '@/api/paths';
import { keys, list } from '@/api/queries';
import type { Member, Organization } from '@/api/types';
import { useAction } from '@/lib/use-action';

export type Invitation = Item<'get_orgs_by_org_invitations'>;
export type NewInvitation = Answer<'post_orgs_by_org_invitations'>;
export type Offer = Answer<'post_invitations_look'>;
export type OrganizationChange = Body<'patch_orgs_by_org'>;
export type MemberChange = Body<'patch_orgs_by_org_members_by_person'>;

export const invitationsQuery = (org: string) => list<Invitation>(keys.invitations(org), paths.invitations(org));

export const useCreateOrganization = (onDone: (made: Organization) => void) =>
  useAction({
    run: (body: { name: string; slug?: string }, idempotencyKey) =>
      request<Organization>(paths.orgs, { method: 'POST', body, idempotencyKey }),
    invalidates: () => [keys.orgs],
    onDone,
  });

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

import { queryOptions } from '@tanstack/react-query';

import { request, send } from '@/api/client';
import type { Answer, Item } from '@/api/generated';
import { paths } from '@/api/paths';
import { keys, list } from '@/api/queries';
import { useAction } from '@/lib/use-action';

export type BrowserSession = Item<'get_me_sessions'>;
export type Cli = Item<'get_me_clis'>;
export type Identity = Item<'get_me_identities'>;
export type Totp = Answer<'get_me_totp'>;
export type Enrolment = Answer<'post_me_totp'>;

export interface SshKey {
  id: string;
  name: string;
  algorithm: string;
  fingerprint: string;
  created_at: string;
  last_used_at: string | null;
}

export const sessionsQuery = () => list<BrowserSession>(keys.sessions, paths.sessions);
export const clisQuery = () => list<Cli>(keys.clis, paths.clis);
export const sshKeysQuery = () => list<SshKey>(keys.sshKeys, paths.sshKeys);
export const identitiesQuery = () => list<Identity>(keys.identities, paths.identities);
export const totpQuery = () =>
  queryOptions({ queryKey: keys.totp, queryFn: ({ signal }) => request<Totp>(paths.totp, { signal }) });

export const useRename = (onDone: () => void) =>
  useAction({
    run: (body: { name: string }, idempotencyKey) => send(paths.me, { method: 'PATCH', body, idempotencyKey }),
    invalidates: () => [keys.me, keys.session],
    onDone,
  });

export const useRevokeSession = () =>
  useAction({
    run: (id: string, idempotencyKey) => send(paths.oneSession(id), { method: 'DELETE', idempotencyKey }),
    invalidates: () => [keys.sessions],
  });

export const useRevokeOthers = (onDone: (ended: number) => void) =>
  useAction({
    run: (_: null, idempotencyKey) => request<{ ended: number }>(paths.sessions, { method: 'DELETE', idempotencyKey }),
    invalidates: () => [keys.sessions, keys.clis],
    onDone: ({ ended }) => onDone(ended),
  });

export const useRevokeCli = () =>
  useAction({
    run: (id: string, idempotencyKey) => send(paths.cli(id), { method: 'DELETE', idempotencyKey }),
    invalidates: () => [keys.clis],
  });

export const useAddSshKey = (onDone: () => void) =>
  useAction({
    run: (body: { name: string; public_key: string }, idempotencyKey) =>
      request<SshKey>(paths.sshKeys, { method: 'POST', body, idempotencyKey }),
    invalidates: () => [keys.sshKeys],
    onDone,
  });

export const useRemoveSshKey = () =>
  useAction({
    run: (id: string, idempotencyKey) => send(paths.sshKey(id), { method: 'DELETE', idempotencyKey }),
    invalidates: () => [keys.sshKeys],
  });

export const useUnlink = (onDone: () => void) =>
  useAction({
    run: (body: { issuer: string; subject: string }, idempotencyKey) =>
      send(paths.identityAction('unlink'), { method: 'POST', body, idempotencyKey }),
    invalidates: () => [keys.identities, keys.sessions],
    onDone,
  });

export const useStartLink = (onDone: (location: string) => void) =>
  useAction({
    run: (_: null, idempotencyKey) =>
      request<{ location: string }>(paths.identityAction('start'), {
        method: 'POST',
        body: { purpose: 'link', return_to: '/account' },
        idempotencyKey,
      }),
    onDone: ({ location }) => onDone(location),
  });

export const useEnrol = () =>
  useAction({
    run: (_: null, idempotencyKey) => request<Enrolment>(paths.totp, { method: 'POST', body: {}, idempotencyKey }),
  });

const afterTotp = [keys.totp, keys.me, keys.sessions];

export const useConfirmTotp = () =>
  useAction({
    run: (code: string, idempotencyKey) =>
      request<{ recovery_codes: string[] }>(paths.totpAction('confirm'), { method: 'POST', body: { code }, idempotencyKey }),
    invalidates: () => [keys.me, keys.sessions],
  });

export const useDisableTotp = (onDone: () => void) =>
  useAction({
    run: (code: string, idempotencyKey) =>
      send(paths.totpAction('disable'), { method: 'POST', body: { code }, idempotencyKey }),
    invalidates: () => afterTotp,
    onDone,
  });

export const useNewRecoveryCodes = () =>
  useAction({
    run: (code: string, idempotencyKey) =>
      request<{ recovery_codes: string[] }>(paths.totpAction('recovery-codes'), {
        method: 'POST',
        body: { code },
        idempotencyKey,
      }),
    invalidates: () => [keys.totp],
  });

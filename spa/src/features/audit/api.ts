import { infiniteQueryOptions, queryOptions } from '@tanstack/react-query';

import { request, send } from '@/api/client';
import type { Answer, Item } from '@/api/generated';
import { paths } from '@/api/paths';
import { keys } from '@/api/queries';
import type { Page } from '@/api/types';

export type AuditEvent = Item<'get_orgs_by_org_audit'>;
/** The end of the log, signed. */
export type Head = Answer<'get_orgs_by_org_audit_head'>;

/** What of the log is wanted; what is empty is left to the server. Times are what `datetime-local` gives, in UTC. */
export interface Filter {
  since: string;
  until: string;
  actor: string;
  object: string;
  action: string;
}

export const noFilter: Filter = { since: '', until: '', actor: '', object: '', action: '' };

/** "2026-11-21T10:00" → "2026-11-21T10:00:00Z". */
const moment = (typed: string) => (typed.length === 16 ? `${typed}:00Z` : `${typed}Z`);

function narrowed(wanted: Record<string, string>, filter: Filter, app: string | null): URLSearchParams {
  const query = new URLSearchParams(wanted);
  for (const name of ['actor', 'object', 'action'] as const) if (filter[name].trim()) query.set(name, filter[name].trim());
  for (const name of ['since', 'until'] as const) if (filter[name]) query.set(name, moment(filter[name]));
  if (app) query.set('app_id', app);
  return query;
}

function queryOf(filter: Filter, app: string | null, cursor: string | null): string {
  const query = narrowed({ limit: '50' }, filter, app);
  if (cursor) query.set('cursor', cursor);
  return query.toString();
}

/** The same, whole, for spreadsheets. */
export async function auditCsv(org: string, filter: Filter, app: string | null): Promise<Blob> {
  const query = narrowed({ format: 'csv' }, filter, app);
  return (await send(`${paths.auditExport(org)}?${query.toString()}`)).blob();
}

/** What happened, newest first; in the organization, or to one app (by its id). */
export const auditQuery = (org: string, filter: Filter, app: string | null) =>
  infiniteQueryOptions({
    queryKey: [...keys.audit(org), filter, app],
    queryFn: ({ pageParam, signal }) =>
      request<Page<AuditEvent>>(`${paths.audit(org)}?${queryOf(filter, app, pageParam)}`, { signal }),
    initialPageParam: null as string | null,
    getNextPageParam: (last) => last.next_cursor,
    staleTime: 5_000,
  });

export const headQuery = (org: string) =>
  queryOptions({
    queryKey: [...keys.audit(org), 'head'],
    queryFn: ({ signal }) => request<Head>(paths.auditHead(org), { signal }),
    staleTime: 5_000,
  });

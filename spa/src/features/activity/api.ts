import { infiniteQueryOptions } from '@tanstack/react-query';

import { request } from '@/api/client';
import { paths } from '@/api/paths';
import { keys } from '@/api/queries';
import type { Page } from '@/api/types';

import type { News, Subject } from './lines';

/** The kinds of change of each subject; a dot at the end stands for all that begin so. */
const kinds: Record<Subject, string> = {
  deployments: 'deployment.',
  apps: 'app.,project.,environment.,replica.',
  people: 'organization.,member.',
  machines: 'worker.',
};

const atOnce = 100;

function pathOf(org: string, show: Subject | 'all', before: string | null): string {
  const query = new URLSearchParams({ limit: String(atOnce) });
  if (show !== 'all') query.set('kind', kinds[show]);
  if (before) query.set('before', before);
  return `${paths.activity(org)}?${query.toString()}`;
}

/** What happened in the last seven days, newest first; read again whenever the feed tells of something new. */
export const activityQuery = (org: string, show: Subject | 'all') =>
  infiniteQueryOptions({
    queryKey: [...keys.activity, org, show],
    queryFn: ({ pageParam, signal }) => request<Page<News>>(pathOf(org, show, pageParam), { signal }),
    initialPageParam: null as string | null,
    getNextPageParam: (last) => last.next_cursor,
  });

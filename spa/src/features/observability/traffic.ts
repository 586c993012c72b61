import { queryOptions, type QueryClient } from '@tanstack/react-query';

import { request } from '@/api/client';
import type { Answer } from '@/api/generated';
import { paths } from '@/api/paths';

type Told = Answer<'get_orgs_by_org_apps_by_app_traffic'>;

/** What visitors do with an app: the edges' counters, and what they grew by since the look before. */
export interface Traffic {
  /** When it was asked, in ms. */
  at: number;
  told: Told;
  /** Requests a second since the look before; null at the first one. */
  perSecond: number | null;
  /** Requests that failed at the edge or in the app since the look before. */
  failed: number;
}

const failures = ({ errors }: Told) => errors.app + errors.connect + errors.response + errors.unserved;

/** Pure: `before` is the look before, if there was one. An edge that began anew counts from zero: no rate then. */
export function compare(told: Told, at: number, before: Traffic | undefined): Traffic {
  const grown = before ? told.requests - before.told.requests : -1;
  const seconds = before ? (at - before.at) / 1000 : 0;
  if (!before || grown < 0 || seconds < 1) return { at, told, perSecond: before && grown >= 0 ? before.perSecond : null, failed: 0 };
  return { at, told, perSecond: grown / seconds, failed: Math.max(0, failures(told) - failures(before.told)) };
}

const everyMs = 10_000;
/** Not below the app's prefix: it is read by the clock, whatever the feed tells. */
const key = (org: string, app: string) => ['traffic-now', org, app] as const;

/** `watched`: it is on the screen, and asked for again every 10 s. Edges tell every 5 s. */
export const trafficQuery = (queryClient: QueryClient, org: string, app: string, watched: boolean) =>
  queryOptions({
    queryKey: key(org, app),
    queryFn: async ({ signal }) => {
      const told = await request<Told>(paths.traffic(org, app), { signal });
      return compare(told, Date.now(), queryClient.getQueryData<Traffic>(key(org, app)));
    },
    enabled: watched,
    refetchInterval: watched ? everyMs : false,
    staleTime: everyMs / 2,
  });

/** "0", "0.3", "12", "1.2k" – a second. */
export function rateText(perSecond: number): string {
  if (perSecond >= 1000) return `${(perSecond / 1000).toFixed(1)}k`;
  if (perSecond >= 10 || perSecond === 0) return String(Math.round(perSecond));
  return perSecond < 0.05 ? '<0.1' : perSecond.toFixed(1);
}

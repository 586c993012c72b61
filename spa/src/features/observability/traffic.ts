import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useEffect } from 'react';

import { request } from '@/api/client';
import type { Answer, Item } from '@/api/generated';
import { paths } from '@/api/paths';

type Told = Item<'get_orgs_by_org_traffic'>;

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
/** ms; cells come onto the screen many at a time, and one request is for all of them. */
const gatherMs = 50;
/** As many as one request may name. */
const most = 100;
type Known = Readonly<Record<string, Traffic>>;
/** Not below the apps' prefix: it is read by the clock, whatever the feed tells. */
const key = (org: string) => ['traffic-now', org] as const;
/** The apps on the screen, and in how many places each is. */
const watched = new Map<string, number>();

/** What was known, with what is told of the apps on the screen. */
async function look(org: string, known: Known, signal: AbortSignal): Promise<Known> {
  await new Promise((done) => setTimeout(done, gatherMs));
  const names = [...watched.keys()].slice(0, most);
  if (names.length === 0 || signal.aborted) return known;
  const { items } = await request<Answer<'get_orgs_by_org_traffic'>>(paths.appsTraffic(org, names), { signal });
  return { ...known, ...Object.fromEntries(items.map((told) => [told.app, compare(told, Date.now(), known[told.app])])) };
}

/** An app's traffic, asked for again every 10 s as long as it is watched: one request for all that are. Edges tell every 5 s. */
export function useTrafficNow(org: string, app: string): Traffic | undefined {
  const client = useQueryClient();
  useEffect(() => {
    watched.set(app, (watched.get(app) ?? 0) + 1);
    const known = client.getQueryData<Known>(key(org))?.[app];
    // Takes the place of a request that is under way, which does not name this app.
    if (!known || Date.now() - known.at > everyMs) void client.invalidateQueries({ queryKey: key(org) });
    return () => {
      const places = (watched.get(app) ?? 1) - 1;
      if (places > 0) watched.set(app, places);
      else watched.delete(app);
    };
  }, [client, org, app]);
  return useQuery({
    queryKey: key(org),
    queryFn: ({ signal }) => look(org, client.getQueryData<Known>(key(org)) ?? {}, signal),
    select: (known) => known[app],
    refetchInterval: everyMs,
    staleTime: everyMs / 2,
  }).data;
}

/** "0", "0.3", "12", "1.2k" – a second. */
export function rateText(perSecond: number): string {
  if (perSecond >= 1000) return `${(perSecond / 1000).toFixed(1)}k`;
  if (perSecond >= 10 || perSecond === 0) return String(Math.round(perSecond));
  return perSecond < 0.05 ? '<0.1' : perSecond.toFixed(1);
}

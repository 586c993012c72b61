import type { Answer } from '@/api/generated';
import type { Point, Series } from '@/components/time-series/scale';

export type Traffic = Answer<'get_orgs_by_org_apps_by_app_traffic'>;

/** What was read at a moment (ms). */
export interface Sample {
  at: number;
  traffic: Traffic;
}

/** How far back the browser remembers; the control plane keeps no history of these counts. */
export const windowMs = 15 * 60_000;
/** Edges tell every 5 s. */
export const everyMs = 5_000;
/** A longer silence is a gap in the line. */
const gapMs = 4 * everyMs;

const leastMs = 2 * 60_000;

/** Where a chart of what was seen begins: it grows with the window, so that the first minutes are not a dot at its edge. */
export const beginOf = (samples: readonly Sample[], now: number): number => beginOfTimes(samples.slice(0, 1).map(({ at }) => at), now);

/** The same, of lines that begin at these moments. */
export const beginOfTimes = (begins: readonly number[], now: number): number =>
  now - Math.min(windowMs, Math.max(leastMs, now - Math.min(now, ...begins)));

/** The samples with one more, without those that are too old. A repeat of the same moment changes nothing. */
export function extend(samples: readonly Sample[], sample: Sample): readonly Sample[] {
  const last = samples.at(-1);
  if (last && sample.at <= last.at) return samples;
  const kept = samples.filter(({ at }) => at > sample.at - windowMs);
  return [...kept, sample];
}

/** What a growing counter gained a second, between samples. A counter that began anew or a silence is a gap. */
export function rate(samples: readonly Sample[], counter: (traffic: Traffic) => number | undefined): Point[] {
  const points: Point[] = [];
  samples.forEach(({ at, traffic }, index) => {
    const before = samples[index - 1];
    if (!before) return;
    const was = counter(before.traffic);
    const is = counter(traffic);
    const seconds = (at - before.at) / 1000;
    const known = was !== undefined && is !== undefined && is >= was && at - before.at <= gapMs && traffic.edges === before.traffic.edges;
    points.push([at, known ? (is - was) / seconds : null]);
  });
  return points;
}

/** A value as it was at each sample. */
export function level(samples: readonly Sample[], value: (traffic: Traffic) => number | null | undefined): Point[] {
  return samples.flatMap(({ at, traffic }, index): Point[] => {
    const before = samples[index - 1];
    const gap: Point[] = before && at - before.at > gapMs ? [[at - 1, null]] : [];
    return [...gap, [at, value(traffic) ?? null]];
  });
}

export const errorSeries = (samples: readonly Sample[]): Series[] => [
  { id: 'app', label: 'By the app (5xx)', points: rate(samples, ({ errors }) => errors.app) },
  { id: 'connect', label: 'Not connected', points: rate(samples, ({ errors }) => errors.connect) },
  { id: 'response', label: 'Broken off', points: rate(samples, ({ errors }) => errors.response) },
  { id: 'unserved', label: 'No replica', points: rate(samples, ({ errors }) => errors.unserved) },
  { id: 'limited', label: 'Over the limit (429)', points: rate(samples, ({ limited }) => limited) },
];

export const latencySeries = (samples: readonly Sample[]): Series[] => [
  { id: 'p50', label: 'Median', points: level(samples, (traffic) => traffic.p50_ms) },
  { id: 'p99', label: '99 of 100 within', points: level(samples, (traffic) => traffic.p99_ms) },
];

/** All requests as one line, or one for each replica that was seen. */
export function requestSeries(samples: readonly Sample[], perReplica: boolean, names: ReadonlyMap<string, string>): Series[] {
  if (!perReplica) return [{ id: 'all', label: 'All replicas', points: rate(samples, ({ requests }) => requests) }];
  const ids = [...new Set(samples.flatMap(({ traffic }) => traffic.replicas.map((each) => each.replica_id)))];
  return ids.slice(-6).map((id) => ({
    id,
    label: names.get(id) ?? `…${id.slice(-8)}`,
    points: rate(samples, ({ replicas }) => replicas.find((each) => each.replica_id === id)?.requests),
  }));
}

import type { AppUsage, ReplicaUsage } from '@/api/usage';
import type { Point, Series } from '@/components/time-series/scale';

import { everyMs } from './window';

type ReplicaPoint = ReplicaUsage['points'][number];

/** A longer silence is a gap in the line. */
const gapMs = 4 * everyMs;

/** One value of each replica's points as lines; a silence is a gap. At most six: the palette has no more. */
export function usageSeries(usage: AppUsage, value: (point: ReplicaPoint) => number): Series[] {
  return usage.replicas
    .filter(({ points }) => points.length > 0)
    .slice(-6)
    .map(({ replica_id, index, worker, points }) => ({
      id: replica_id,
      label: `Replica ${index} on ${worker}`,
      points: points.flatMap((point, place): Point[] => {
        const at = Date.parse(point.at);
        const before = points[place - 1];
        const gap: Point[] = before && at - Date.parse(before.at) > gapMs ? [[at - 1, null]] : [];
        return [...gap, [at, value(point)]];
      }),
    }));
}

/** What all replicas receive and send a second, as two lines over the moments of the one that tells most. */
export const networkSeries = (usage: AppUsage): Series[] => [
  { id: 'received', label: 'Received', points: summed(usage, (point) => point.received_per_s) },
  { id: 'sent', label: 'Sent', points: summed(usage, (point) => point.sent_per_s) },
];

function summed(usage: AppUsage, value: (point: ReplicaPoint) => number): Point[] {
  const sums = new Map<number, number>();
  for (const { points } of usage.replicas) {
    for (const point of points) {
      // Reports of several workers come at different moments of the same 5 s.
      const at = Math.floor(Date.parse(point.at) / everyMs) * everyMs;
      sums.set(at, (sums.get(at) ?? 0) + value(point));
    }
  }
  const moments = [...sums].sort(([a], [b]) => a - b);
  return moments.flatMap(([at, sum], place): Point[] => {
    const before = moments[place - 1];
    const gap: Point[] = before && at - before[0] > gapMs ? [[at - 1, null]] : [];
    return [...gap, [at, sum]];
  });
}

import { describe, expect, it } from 'vitest';

import type { AppUsage, ReplicaUsage } from '@/api/usage';

import { networkSeries, usageSeries } from './usage';

const start = Date.parse('2026-11-21T12:00:00Z');
const point = (seconds: number, cpu: number, received = 0) => ({
  at: new Date(start + seconds * 1000).toISOString(),
  cpu_permille: cpu,
  memory_bytes: 10,
  received_per_s: received,
  sent_per_s: 1,
});
const replica = (index: number, points: ReplicaUsage['points']): ReplicaUsage => ({ replica_id: `r${index}`, index, worker: 'local', live: true, points });
const usage = (...replicas: ReplicaUsage[]): AppUsage => ({ replicas });

describe('what replicas use', () => {
  it('is a line for each replica that told something', () => {
    const series = usageSeries(usage(replica(0, [point(0, 100), point(5, 200)]), replica(1, [])), ({ cpu_permille }) => cpu_permille / 10);
    expect(series).toEqual([
      {
        id: 'r0',
        label: 'Replica 0 on local',
        points: [
          [start, 10],
          [start + 5000, 20],
        ],
      },
    ]);
  });

  it('has a gap where a replica was silent', () => {
    const [line] = usageSeries(usage(replica(0, [point(0, 1), point(60, 2)])), ({ cpu_permille }) => cpu_permille);
    expect(line?.points.map(([, value]) => value)).toEqual([1, null, 2]);
  });

  it('adds the network of all replicas at the same moment', () => {
    const [received] = networkSeries(usage(replica(0, [point(0, 0, 10), point(5, 0, 20)]), replica(1, [point(1, 0, 5)])));
    expect(received?.points).toEqual([
      [start, 15],
      [start + 5000, 20],
    ]);
  });
});

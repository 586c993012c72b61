import { useQuery } from '@tanstack/react-query';
import { useMemo } from 'react';

import { appUsageQuery } from '@/api/usage';
import { Panel } from '@/components/panel';
import type { Series } from '@/components/time-series/scale';
import { TimeSeries, type Marker } from '@/components/time-series/time-series';
import { formatBytes } from '@/lib/format';
import { useOrg } from '@/lib/session';

import { networkSeries, usageSeries } from './usage';
import { beginOfTimes } from './window';

const percent = (value: number) => `${Number(value.toFixed(value < 10 ? 1 : 0))} %`;
const bytesPerSecond = (value: number) => `${formatBytes(value)}/s`;

interface UsageChartsProps {
  app: string;
  markers: readonly Marker[];
  now: number;
}

/** Processor, memory and network of an app's replicas in the last 15 minutes. Nothing when none has told of it. */
export function UsageCharts({ app, markers, now }: UsageChartsProps) {
  const { data } = useQuery(appUsageQuery(useOrg(), app));
  const [cpu, memory, network] = useMemo(
    (): Series[][] =>
      data
        ? [usageSeries(data, (point) => point.cpu_permille / 10), usageSeries(data, (point) => point.memory_bytes), networkSeries(data)]
        : [[], [], []],
    [data],
  );
  if (!data?.replicas.some(({ points }) => points.length > 0)) return null;
  const from = beginOfTimes(
    data.replicas.flatMap(({ points }) => points.slice(0, 1).map(({ at }) => Date.parse(at))),
    now,
  );
  const chart = (title: string, series: readonly Series[] | undefined, format: (value: number) => string, least: number) => (
    <Panel title={title}>
      <div className="px-4 pt-3 pb-2">
        <TimeSeries label={title} series={series ?? []} format={format} from={from} to={now} markers={markers} least={least} />
      </div>
    </Panel>
  );
  return (
    <div className="mb-5 grid gap-5 lg:grid-cols-2 xl:grid-cols-3">
      {chart('Processor, of one core', cpu, percent, 10)}
      {chart('Memory', memory, formatBytes, 16 * 1024 * 1024)}
      {chart('Network', network, bytesPerSecond, 1024)}
    </div>
  );
}

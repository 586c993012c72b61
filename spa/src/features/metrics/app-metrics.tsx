import { useInfiniteQuery, useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { ChartLine } from 'lucide-react';
import { useMemo, type ReactNode } from 'react';

import { deploymentsQuery, replicasQuery } from '@/api/queries';
import type { App } from '@/api/types';
import { appUsageQuery } from '@/api/usage';
import { CliTwin } from '@/components/cli-twin';
import { holdBack } from '@/components/hold-back';
import { Facts, Fact, Panel } from '@/components/panel';
import { ErrorNotice, Notice, Skeleton } from '@/components/states';
import type { Series } from '@/components/time-series/scale';
import { TimeSeries, type Marker } from '@/components/time-series/time-series';
import { useOrg } from '@/lib/session';
import { useNow } from '@/lib/use-now';

import { useTraffic } from './api';
import { UsageCharts } from './usage-charts';
import { beginOf, errorSeries, latencySeries, requestSeries } from './window';

const perSecond = (value: number) => `${value >= 100 ? Math.round(value) : Number(value.toFixed(value < 1 ? 2 : 1))}/s`;
const milliseconds = (value: number) => (value >= 1000 ? `${(value / 1000).toFixed(1)} s` : `${Number(value.toFixed(value < 10 ? 1 : 0))} ms`);

/** Deployments that went live, as marks on the charts. */
function useDeployMarkers(org: string, app: string): Marker[] {
  const query = useInfiniteQuery(deploymentsQuery(org, app));
  return useMemo(
    () =>
      (query.data?.pages[0]?.items ?? []).flatMap((deployment): Marker[] => {
        if (!deployment.live_at) return [];
        return [
          {
            id: deployment.id,
            at: Date.parse(deployment.live_at),
            label: `#${deployment.number}`,
            link: (className, label) => (
              <Link
                to="/apps/$app/deployments/$deploymentId"
                params={{ app, deploymentId: deployment.id }}
                className={className}
                aria-label={`Deployment ${deployment.number} went live`}
              >
                {label}
              </Link>
            ),
          },
        ];
      }),
    [query.data, app],
  );
}

interface ChartProps {
  title: string;
  series: readonly Series[];
  format: (value: number) => string;
  markers: readonly Marker[];
  from: number;
  now: number;
  least: number;
  aside?: ReactNode;
}

function Chart({ title, series, format, markers, from, now, least, aside }: ChartProps) {
  return (
    <Panel title={title} aside={aside}>
      <div className="px-4 pt-3 pb-2">
        <TimeSeries label={title} series={series} format={format} from={from} to={now} markers={markers} least={least} />
      </div>
    </Panel>
  );
}

function Loading() {
  return (
    <div role="status" ref={holdBack} aria-label="Loading metrics" className="grid gap-5 lg:grid-cols-2">
      {[0, 1, 2].map((each) => (
        <div key={each} className="rounded-xl border border-line bg-surface p-4">
          <Skeleton className="h-4 w-28" />
          <Skeleton className="mt-4 h-42 w-full" />
        </div>
      ))}
    </div>
  );
}

interface AppMetricsProps {
  app: App;
  /** Lines for each replica instead of their sum. */
  perReplica: boolean;
  onPerReplica: (perReplica: boolean) => void;
}

/** An app's traffic as its edges count it, live, with its deployments marked. */
export function AppMetrics({ app, perReplica, onPerReplica }: AppMetricsProps) {
  const org = useOrg();
  const { query, samples } = useTraffic(org, app.name);
  const usageOf = useQuery(appUsageQuery(org, app.name));
  const replicas = useQuery(replicasQuery(org, app.name));
  const markers = useDeployMarkers(org, app.name);
  const now = useNow();
  const names = useMemo(() => new Map(replicas.data?.map((each) => [each.id, `Replica ${each.index}, release ${each.release_number}`])), [replicas.data]);
  const requests = useMemo(() => requestSeries(samples, perReplica, names), [samples, perReplica, names]);
  const errors = useMemo(() => errorSeries(samples), [samples]);
  const latency = useMemo(() => latencySeries(samples), [samples]);

  // What replicas use stands above: it comes first, or not at all.
  if ((query.isPending && samples.length === 0) || usageOf.isPending) return <Loading />;
  if (!query.data) return <ErrorNotice error={query.error} onRetry={() => void query.refetch()} />;
  const usage = <UsageCharts app={app.name} markers={markers} now={now} />;
  if (query.data.edges === 0) {
    return (
      <>
        {usage}
        <div className="rounded-xl border border-dashed border-line-strong">
          <Notice icon={ChartLine} title="No traffic was counted yet">
            <p>{app.current_release ? 'The edges tell within a few seconds of the first request.' : 'Edges count from the first deployment on.'}</p>
          </Notice>
        </div>
      </>
    );
  }
  const shared = { markers, now, from: beginOf(samples, now) };
  return (
    <>
      {usage}
      <p className="mb-4 max-w-2xl text-muted">
        Traffic of the last 15 minutes that this page was open, read every 5 seconds. Nothing older is kept; the counts below are of all time.
      </p>
      <div className="grid gap-5 lg:grid-cols-2">
        <Chart
          {...shared}
          title="Requests"
          series={requests}
          format={perSecond}
          least={1}
          aside={
            <span role="group" aria-label="Lines" className="flex gap-0.5">
              {[false, true].map((each) => (
                <button
                  key={String(each)}
                  type="button"
                  aria-pressed={perReplica === each}
                  onClick={() => onPerReplica(each)}
                  className="h-control-sm rounded-md px-2 text-xs font-medium text-muted hover:bg-hover aria-pressed:bg-accent-soft aria-pressed:text-accent"
                >
                  {each ? 'Replicas' : 'Sum'}
                </button>
              ))}
            </span>
          }
        />
        <Chart {...shared} title="Errors" series={errors} format={perSecond} least={1} />
        <Chart {...shared} title="Latency" series={latency} format={milliseconds} least={10} />
        <Panel title="Counted since the edges began">
          <Facts>
            <Fact term="Requests">{query.data.requests.toLocaleString('en')}</Fact>
            <Fact term="In flight now">{query.data.in_flight.toLocaleString('en')}</Fact>
            <Fact term="Tried again">{query.data.retries.toLocaleString('en')}, unseen by the client</Fact>
            <Fact term="Aborted">{query.data.aborted.toLocaleString('en')} by clients that went away</Fact>
            <Fact term="Edges">{query.data.edges}</Fact>
          </Facts>
        </Panel>
      </div>
      <CliTwin command={`wh metrics ${app.name}`} className="mt-3" />
    </>
  );
}

import { useInfiniteQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { Rocket } from 'lucide-react';

import { deploymentsQuery } from '@/api/queries';
import type { Deployment } from '@/api/types';
import { CliTwin } from '@/components/cli-twin';
import { DataTable } from '@/components/data-table';
import { holdBack } from '@/components/hold-back';
import type { Column } from '@/components/table-row';
import { plainText } from '@/lib/plain-text';
import { ErrorNotice, Notice, Skeleton } from '@/components/states';
import { deploymentStatus, StatusBadge, StatusMark } from '@/components/status-badge';
import { TimeAgo } from '@/components/time-ago';
import { headline, triggerText } from '@/lib/deployment';
import { stepName } from '@/lib/failure-step';
import { formatDuration, shortCommit } from '@/lib/format';
import { useOrg } from '@/lib/session';

import { DeploymentStrip } from './deployment-strip';
import { totalMs } from './timeline';

function What({ app, deployment }: { app: string; deployment: Deployment }) {
  const status = deploymentStatus(deployment.state);
  const { failure } = deployment;
  return (
    <>
      <p className="flex items-center gap-2">
        <StatusMark tone={status.tone} className="sm:hidden" />
        <Link
          to="/apps/$app/deployments/$deploymentId"
          params={{ app, deploymentId: deployment.id }}
          className="min-w-0 truncate rounded-sm font-medium after:absolute after:inset-0"
        >
          <span className="font-normal text-muted tabular-nums">#{deployment.number}</span> {plainText(headline(deployment))}
        </Link>
      </p>
      <p className="truncate text-xs text-muted">
        <span className="sm:hidden">
          <TimeAgo at={deployment.created_at} /> ·{' '}
        </span>
        {failure ? (
          <span className="text-bad">
            {stepName(failure.step)} failed: {plainText(failure.message)}
          </span>
        ) : (
          <>
            {triggerText(deployment)} by {deployment.created_by}
            {deployment.source.commit && (
              <>
                {' · '}
                <code className="font-mono">{shortCommit(deployment.source.commit)}</code>
              </>
            )}
            {deployment.release_number != null && ` · release ${deployment.release_number}`}
          </>
        )}
      </p>
    </>
  );
}

const columns = (app: string): Column<Deployment>[] => [
  { id: 'what', head: 'Deployment', cell: (deployment) => <What app={app} deployment={deployment} /> },
  {
    id: 'state',
    head: 'State',
    className: 'w-30 max-sm:hidden',
    cell: (deployment) => <StatusBadge status={deploymentStatus(deployment.state)} />,
  },
  {
    id: 'took',
    head: 'Took',
    className: 'w-24 text-right tabular-nums max-md:hidden',
    cell: (deployment) => ((deployment.live_at ?? deployment.finished_at) ? formatDuration(totalMs(deployment, 0)) : ''),
  },
  {
    id: 'when',
    head: 'Started',
    className: 'w-26 text-right text-muted max-sm:hidden',
    cell: (deployment) => <TimeAgo at={deployment.created_at} />,
  },
];

function Loading({ rows }: { rows: number }) {
  return (
    <div role="status" ref={holdBack} aria-label="Loading deployments" className="overflow-hidden rounded-xl border border-line bg-surface">
      <div className="h-8" />
      {Array.from({ length: rows }, (_, row) => (
        <div key={row} className="flex h-13 items-center gap-4 border-t border-line px-4">
          <Skeleton className="h-4 w-1/2" />
          <span className="flex-1" />
          <Skeleton className="h-4 w-20" />
        </div>
      ))}
    </div>
  );
}

/** An app's deployments, newest first, beneath a strip of the last ones; at most `limit` where it is given. */
export function DeploymentRows({ app, limit }: { app: string; limit?: number }) {
  const org = useOrg();
  const query = useInfiniteQuery(deploymentsQuery(org, app));
  const all = query.data?.pages.flatMap((page) => page.items);
  const shown = limit ? all?.slice(0, limit) : all;
  const more = !limit && query.hasNextPage ? { busy: query.isFetchingNextPage, load: () => void query.fetchNextPage() } : undefined;

  return (
    <section aria-labelledby="deployments" className="min-w-0">
      <div className="mb-2 flex min-h-8 items-end justify-between gap-4">
        <h2 id="deployments" className="font-semibold">
          Deployments
          {limit !== undefined && (
            <Link to="/apps/$app/deployments" params={{ app }} className="ml-2.5 rounded-sm text-xs font-normal text-muted hover:text-ink">
              All<span className="sr-only"> deployments</span>
            </Link>
          )}
        </h2>
        {all && all.length > 1 && <DeploymentStrip app={app} deployments={all} />}
      </div>
      {query.isPending && <Loading rows={limit ?? 8} />}
      {query.isError && !shown && <ErrorNotice error={query.error} onRetry={() => void query.refetch()} />}
      {shown?.length === 0 && (
        <div className="rounded-xl border border-dashed border-line-strong">
          <Notice icon={Rocket} title="Not deployed yet">
            <p>Press Deploy to build the newest commit.</p>
            <CliTwin command={`wh deploy ${app}`} className="justify-center" />
          </Notice>
        </div>
      )}
      {shown && shown.length > 0 && (
        <DataTable label="Deployments" columns={columns(app)} rows={shown} rowKey={(each) => each.id} rowHeight={52} more={more} />
      )}
    </section>
  );
}

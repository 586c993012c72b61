import { useInfiniteQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { Rocket } from 'lucide-react';

import { deploymentsQuery } from '@/api/queries';
import type { Deployment } from '@/api/types';
import { Button } from '@/components/button';
import { CliTwin } from '@/components/cli-twin';
import { stepName } from '@/lib/failure-step';
import { ErrorNotice, Notice, Skeleton } from '@/components/states';
import { deploymentStatus, StatusBadge } from '@/components/status-badge';
import { TimeAgo } from '@/components/time-ago';
import { headline, triggerText } from '@/lib/deployment';
import { formatDuration, shortCommit } from '@/lib/format';
import { useOrg } from '@/lib/session';

import { totalMs } from './timeline';

function DeploymentRow({ app, deployment }: { app: string; deployment: Deployment }) {
  const ended = deployment.live_at ?? deployment.finished_at;
  return (
    <li className="relative flex flex-wrap items-center gap-x-4 gap-y-1.5 px-4 py-3 hover:bg-hover sm:flex-nowrap">
      <span className="sm:w-30 sm:shrink-0">
        <StatusBadge status={deploymentStatus(deployment.state)} />
      </span>
      <div className="order-last min-w-0 grow basis-full sm:order-none sm:basis-0">
        <p className="truncate font-medium">
          <Link
            to="/apps/$app/deployments/$deploymentId"
            params={{ app, deploymentId: deployment.id }}
            className="rounded-sm after:absolute after:inset-0"
          >
            <span className="text-muted tabular-nums">#{deployment.number}</span> {headline(deployment)}
          </Link>
        </p>
        <p className="mt-0.5 truncate text-[0.8125rem] text-muted">
          {deployment.failure ? (
            <span className="text-bad">
              {stepName(deployment.failure.step)} failed — {deployment.failure.message}
            </span>
          ) : (
            <>
              {triggerText(deployment)} by {deployment.created_by}
              {deployment.source.commit && (
                <>
                  {' · '}
                  <code className="font-mono text-xs">{shortCommit(deployment.source.commit)}</code>
                </>
              )}
              {deployment.release_number != null && ` · release ${deployment.release_number}`}
            </>
          )}
        </p>
      </div>
      <p className="ml-auto shrink-0 text-right text-[0.8125rem] text-muted tabular-nums sm:ml-0">
        <TimeAgo at={deployment.created_at} />
        {ended && <span className="hidden sm:block">{formatDuration(totalMs(deployment, 0))}</span>}
      </p>
    </li>
  );
}

function Loading() {
  return (
    <div role="status" aria-label="Loading deployments" className="divide-y divide-line">
      {[0, 1, 2].map((row) => (
        <div key={row} className="flex items-center gap-4 px-4 py-4">
          <Skeleton className="h-6 w-24 rounded-full" />
          <Skeleton className="h-4 w-1/2" />
        </div>
      ))}
    </div>
  );
}

/** An app's deployments, newest first; at most `limit` where it is given, else all by pages. */
export function DeploymentRows({ app, limit }: { app: string; limit?: number }) {
  const org = useOrg();
  const query = useInfiniteQuery(deploymentsQuery(org, app));
  const all = query.data?.pages.flatMap((page) => page.items);
  const shown = limit ? all?.slice(0, limit) : all;

  if (query.isPending) return <Loading />;
  if (!shown) return <ErrorNotice error={query.error} onRetry={() => void query.refetch()} />;
  if (shown.length === 0) {
    return (
      <Notice icon={Rocket} title="Not deployed yet">
        <p>Press Deploy to build the newest commit.</p>
        <CliTwin command={`wh deploy ${app}`} className="justify-center" />
      </Notice>
    );
  }
  return (
    <>
      <ul aria-label="Deployments" className="divide-y divide-line">
        {shown.map((deployment) => (
          <DeploymentRow key={deployment.id} app={app} deployment={deployment} />
        ))}
      </ul>
      {!limit && query.hasNextPage && (
        <div className="border-t border-line p-3 text-center">
          <Button size="sm" busy={query.isFetchingNextPage} onClick={() => void query.fetchNextPage()}>
            Show more
          </Button>
        </div>
      )}
    </>
  );
}

import { useQuery } from '@tanstack/react-query';
import { ChevronRight } from 'lucide-react';

import { replicasQuery } from '@/api/queries';
import type { App, Replica } from '@/api/types';
import { holdBack } from '@/components/hold-back';
import { Panel } from '@/components/panel';
import { ErrorNotice, Skeleton } from '@/components/states';
import { StatusBadge, type Status } from '@/components/status-badge';
import { TimeAgo } from '@/components/time-ago';
import { cn } from '@/lib/cn';
import { plural } from '@/lib/format';
import { lookup } from '@/lib/lookup';
import { useOrg } from '@/lib/session';

/** Phase and health as one state: what a person wants to know is whether it serves. */
export function replicaStatus(replica: Replica): Status {
  const passing = (label: string): Status => ({ label, tone: 'busy' });
  if (replica.state === 'crash-looping') return { label: 'Crash-looping', tone: 'bad' };
  if (replica.state === 'restarting') return { label: 'Restarting', tone: 'warn' };
  if (replica.phase === 'failed') return { label: 'Failed', tone: 'bad' };
  if (replica.phase === 'stopped') return { label: 'Stopped', tone: 'idle' };
  if (replica.phase === 'running' && replica.routing === 'drain') return { label: 'Leaving', tone: 'idle' };
  if (replica.phase === 'running') {
    const byHealth: Record<Replica['health'], Status> = {
      healthy: replica.reason ? { label: 'Healthy, with a warning', tone: 'warn' } : { label: 'Healthy', tone: 'ok' },
      unhealthy: { label: 'Unhealthy', tone: 'bad' },
      unknown: passing('Checking'),
    };
    return lookup(byHealth, replica.health, byHealth.unknown);
  }
  const labels: Record<string, string> = { pending: 'Pending', pulling: 'Pulling', starting: 'Starting', stopping: 'Stopping' };
  return passing(lookup(labels, replica.phase, replica.phase));
}

function Placement({ placement }: { placement: NonNullable<Replica['placement']> }) {
  return (
    <details className="group mt-2">
      <summary className="inline-flex items-center gap-1 rounded-sm text-muted hover:text-ink">
        <ChevronRight aria-hidden className="size-3.5 transition-transform group-open:rotate-90" />
        Why on {placement.worker}?
      </summary>
      <div className="mt-1.5 space-y-1.5 pl-4.5 text-muted">
        <p>
          Score <span className="tabular-nums">{Math.round(placement.score * 100) / 100}</span>
        </p>
        {placement.reasons.length > 0 && (
          <ul className="list-disc space-y-0.5 pl-4">
            {placement.reasons.map((reason) => (
              <li key={reason}>{reason}</li>
            ))}
          </ul>
        )}
        {placement.refused.length > 0 && (
          <>
            <p>Not on:</p>
            <ul className="list-disc space-y-0.5 pl-4">
              {placement.refused.map(({ worker, reason }) => (
                <li key={`${worker} ${reason}`}>
                  {worker}: {reason}
                </li>
              ))}
            </ul>
          </>
        )}
      </div>
    </details>
  );
}

/** What a replica that ended printed last; its agent puts it behind the reason. */
const lastOutput = (reason?: string | null): string | undefined => reason?.split('; it printed:\n')[1];

function ReplicaItem({ replica }: { replica: Replica }) {
  const output = lastOutput(replica.reason);
  const status = replicaStatus(replica);
  return (
    <li className="px-4 py-3">
      <div className="flex items-center justify-between gap-3">
        <p className="min-w-0 truncate font-medium">
          Replica {replica.index} <span className="font-normal text-muted">on {replica.worker}</span>
        </p>
        <StatusBadge status={status} />
      </div>
      <p className="mt-1 text-muted">
        Release {replica.release_number} · since <TimeAgo at={replica.since} />
        {replica.restarts > 0 && ` · ${plural(replica.restarts, 'restart')}`}
        {replica.exit_code != null && ` · exit code ${replica.exit_code}`}
      </p>
      {(replica.status_text ?? replica.reason) && (
        <p className={cn('mt-1 break-words', status.tone === 'warn' && 'text-warn')}>{replica.status_text ?? replica.reason}</p>
      )}
      {output && (
        <pre className="mt-1.5 max-h-40 overflow-auto rounded-md bg-hover px-2 py-1.5 font-mono text-xs whitespace-pre-wrap">
          {output}
        </pre>
      )}
      {replica.placement && <Placement placement={replica.placement} />}
    </li>
  );
}

/** An app's replicas, each with where it runs and why. */
export function ReplicasPanel({ app }: { app: App }) {
  const org = useOrg();
  const query = useQuery(replicasQuery(org, app.name));
  const leaving = query.data?.filter((replica) => replica.phase === 'running' && replica.routing === 'drain').length ?? 0;
  const healthy =
    query.data?.filter(
      (replica) => replica.phase === 'running' && replica.health === 'healthy' && replica.routing !== 'drain',
    ).length ?? 0;
  return (
    <Panel
      title="Replicas"
      aside={
        query.data && query.data.length > 0 ? (
          <span className="text-muted tabular-nums">
            {Math.min(healthy, app.desired_replicas)} of {app.desired_replicas} healthy
            {leaving > 0 && `, ${leaving} leaving`}
          </span>
        ) : undefined
      }
    >
      {query.isPending && (
        <div role="status" ref={holdBack} aria-label="Loading replicas" className="space-y-3 p-4">
          <Skeleton className="h-4 w-40" />
          <Skeleton className="h-3 w-28" />
        </div>
      )}
      {query.isError && !query.data && <ErrorNotice error={query.error} onRetry={() => void query.refetch()} />}
      {query.data?.length === 0 && (
        <p className="px-4 py-5 text-muted">
          {app.state === 'stopped' ? 'The app is stopped. Start it to run replicas.' : 'Nothing runs yet.'}
        </p>
      )}
      {query.data && query.data.length > 0 && (
        <ul aria-label="Replicas" className="divide-y divide-line">
          {query.data.map((replica) => (
            <ReplicaItem key={replica.id} replica={replica} />
          ))}
        </ul>
      )}
    </Panel>
  );
}

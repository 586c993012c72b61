import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';

import { workersQuery } from '@/api/queries';
import type { Worker } from '@/api/types';
import { workersUsageQuery, type WorkerUsage } from '@/api/usage';
import { holdBack } from '@/components/hold-back';
import { Meter } from '@/components/meter';
import { Panel } from '@/components/panel';
import { ErrorNotice, Skeleton } from '@/components/states';
import { StatusBadge } from '@/components/status-badge';
import { TimeAgo } from '@/components/time-ago';
import { formatBytes } from '@/lib/format';
import { useOrg } from '@/lib/session';

import { workerSize, workerStatus } from './worker-state';

/** From here on a person has to do something before builds and the database cannot go on. */
const diskShort = 0.9;

function Load({ usage }: { usage: WorkerUsage }) {
  const now = usage.points.at(-1);
  if (!usage.live || !now) return null;
  const of = (used: number, total: number) => ({
    share: total > 0 ? used / total : null,
    text: `${formatBytes(used)} of ${formatBytes(total)}`,
  });
  const meters = [
    { name: 'Processor', share: now.cpu_permille / 1000, text: `${Math.round(now.cpu_permille / 10)} %` },
    { name: 'Memory', ...of(now.memory_used_bytes, usage.memory_total_bytes) },
    { name: 'Disk', ...of(now.disk_used_bytes, usage.disk_total_bytes) },
  ];
  const full = usage.disk_total_bytes > 0 && now.disk_used_bytes / usage.disk_total_bytes >= diskShort;
  return (
    <>
      {/* On a wide screen the panel stands beside the list and is narrow. */}
      <ul className="mt-2 grid gap-x-8 gap-y-1 sm:grid-cols-3 wide:grid-cols-1">
        {meters.map(({ name, share, text }) => (
          <li key={name}>
            <p className="text-xs text-muted">{name}</p>
            <Meter label={`${name} of ${usage.worker}`} share={share} text={text} />
          </li>
        ))}
      </ul>
      {full && <p className="mt-1.5 text-xs text-bad">The disk is almost full. Free some space: without it nothing can be built or stored.</p>}
    </>
  );
}

function WorkerItem({ worker, usage }: { worker: Worker; usage: WorkerUsage | undefined }) {
  return (
    <li className="px-4 py-2.5">
      <div className="flex items-center justify-between gap-3">
        <p className="min-w-0 truncate font-medium">{worker.name}</p>
        <StatusBadge status={workerStatus(worker)} />
      </div>
      <p className="flex justify-between gap-3 text-xs text-muted">
        <span>{workerSize(worker)}</span>
        {worker.state !== 'online' && worker.last_seen_at && (
          <span>
            seen <TimeAgo at={worker.last_seen_at} />
          </span>
        )}
      </p>
      {usage && <Load usage={usage} />}
    </li>
  );
}

const shownAtOnce = 6;
const rank = (worker: Worker) => (worker.state === 'online' ? 1 : 0);

/** The machines: which are there, and how much each has. Those that are not well come first. */
export function LoadPanel() {
  const org = useOrg();
  const query = useQuery(workersQuery(org));
  const usage = useQuery(workersUsageQuery(org));
  const workers = [...(query.data ?? [])].sort((a, b) => rank(a) - rank(b));
  const online = workers.filter((worker) => worker.state === 'online').length;
  return (
    <Panel
      title="Machines"
      aside={
        <Link to="/workers" className="rounded-sm text-xs text-muted hover:text-ink">
          {query.data ? `${online} of ${workers.length} online` : 'All'}
        </Link>
      }
    >
      {query.isPending && (
        <div role="status" ref={holdBack} aria-label="Loading machines" className="space-y-2 px-4 py-3">
          <Skeleton className="h-4 w-36" />
          <Skeleton className="h-3 w-24" />
        </div>
      )}
      {query.isError && !query.data && <ErrorNotice error={query.error} onRetry={() => void query.refetch()} />}
      {query.data?.length === 0 && <p className="px-4 py-4 text-muted">No machine has enrolled yet. Apps run on workers.</p>}
      {workers.length > 0 && (
        <ul aria-label="Machines" className="divide-y divide-line">
          {workers.slice(0, shownAtOnce).map((worker) => (
            <WorkerItem key={worker.id} worker={worker} usage={usage.data?.find((each) => each.worker_id === worker.id)} />
          ))}
        </ul>
      )}
    </Panel>
  );
}

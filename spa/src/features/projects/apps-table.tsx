import { Link } from '@tanstack/react-router';
import { ExternalLink } from 'lucide-react';
import type { ReactNode } from 'react';

import type { App } from '@/api/types';
import { DataTable } from '@/components/data-table';
import type { Column } from '@/components/table-row';
import { stepName } from '@/lib/failure-step';
import { plainText } from '@/lib/plain-text';
import { appStatus, StatusBadge, StatusMark } from '@/components/status-badge';
import { TimeAgo } from '@/components/time-ago';
import { headline, noRepository } from '@/lib/deployment';
import { plural, shortCommit } from '@/lib/format';

const staged = (app: App) => app.staged_changes + app.staged_settings.length;
const address = (app: App) => app.url.replace(/^https?:\/\//, '');

export const serves = (app: App) => app.current_release !== null && app.state !== 'stopped' && app.state !== 'deleting';

function Name({ app }: { app: App }) {
  return (
    <>
      <p className="flex items-center gap-2">
        <StatusMark tone={appStatus(app).tone} className="sm:hidden" />
        <Link
          to="/apps/$app"
          params={{ app: app.name }}
          className="min-w-0 truncate rounded-sm text-base font-medium after:absolute after:inset-0"
        >
          {app.name}
        </Link>
        {staged(app) > 0 && <span className="shrink-0 text-xs text-warn">{plural(staged(app), 'staged change')}</span>}
      </p>
      <p className="truncate text-xs text-muted">
        <span className="sm:hidden">{appStatus(app).label} · </span>
        {app.project} · {app.environment} · <span>{app.source.git_url === noRepository ? 'folder' : app.source.branch}</span>
      </p>
    </>
  );
}

function Address({ app }: { app: App }) {
  if (!serves(app)) return <span className="block truncate text-muted">{address(app)}</span>;
  return (
    <a
      href={app.url}
      target="_blank"
      rel="noreferrer"
      className="relative inline-flex max-w-full items-center gap-1.5 rounded-sm hover:underline"
    >
      <span className="truncate">{address(app)}</span>
      <ExternalLink aria-hidden className="size-3 shrink-0 text-muted" />
    </a>
  );
}

function LastDeploy({ app }: { app: App }) {
  const latest = app.latest_deployment;
  if (!latest) return <p className="text-muted">Never deployed</p>;
  const at = latest.live_at ?? latest.finished_at ?? latest.created_at;
  const { failure } = latest;
  return (
    <>
      <p className="truncate" title={plainText(headline(latest))}>
        {plainText(headline(latest))}
      </p>
      <p className="flex items-center gap-1.5 truncate text-xs text-muted">
        {latest.state === 'failed' && <span className="min-w-0 truncate text-bad">{failure ? `${stepName(failure.step)} failed` : 'Failed'} ·</span>}
        {app.state === 'deploying' && <span className="truncate">{latest.status_text}</span>}
        {app.state !== 'deploying' && latest.source.commit && <code className="font-mono">{shortCommit(latest.source.commit)}</code>}
        <TimeAgo at={at} className="shrink-0" />
      </p>
    </>
  );
}

interface AppsTableProps {
  apps: readonly App[];
  /** What visitors do with an app that serves. */
  traffic: (app: App) => ReactNode;
  more?: { busy: boolean; load: () => void } | undefined;
}

/** Apps with their state, traffic, address and last deploy. */
export function AppsTable({ apps, traffic, more }: AppsTableProps) {
  const columns: Column<App>[] = [
    { id: 'name', head: 'App', cell: (app) => <Name app={app} /> },
    { id: 'state', head: 'State', className: 'w-30 max-sm:hidden', cell: (app) => <StatusBadge status={appStatus(app)} /> },
    { id: 'traffic', head: 'Traffic', className: 'w-22 text-right max-md:hidden', cell: (app) => (serves(app) ? traffic(app) : null) },
    { id: 'address', head: 'Address', className: 'pl-6 max-lg:hidden', cell: (app) => <Address app={app} /> },
    { id: 'deploy', head: 'Last deploy', className: 'max-sm:hidden', cell: (app) => <LastDeploy app={app} /> },
  ];
  return <DataTable label="Apps" columns={columns} rows={apps} rowKey={(app) => app.id} rowHeight={53} even more={more} />;
}

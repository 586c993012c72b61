import { Link } from '@tanstack/react-router';
import { ArrowRight, ExternalLink, GitBranch } from 'lucide-react';

import type { App, Deployment } from '@/api/types';
import { stepName } from '@/components/failure-card';
import { appStatus, StatusBadge } from '@/components/status-badge';
import { TimeAgo } from '@/components/time-ago';
import { headline } from '@/lib/deployment';
import { plural, shortCommit } from '@/lib/format';

function LastDeploy({ deployment }: { deployment: Deployment }) {
  const at = deployment.live_at ?? deployment.finished_at ?? deployment.created_at;
  return (
    <>
      <p className="truncate" title={headline(deployment)}>
        {headline(deployment)}
      </p>
      <p className="mt-0.5 flex items-center gap-1.5 text-[0.8125rem] text-muted">
        {deployment.source.commit && (
          <>
            <code className="font-mono text-xs">{shortCommit(deployment.source.commit)}</code>
            <span aria-hidden>·</span>
          </>
        )}
        <TimeAgo at={at} />
      </p>
    </>
  );
}

function FailureLine({ app, deployment }: { app: App; deployment: Deployment }) {
  const { failure } = deployment;
  return (
    <div className="mt-3 flex flex-wrap items-baseline gap-x-4 gap-y-1 rounded-lg bg-bad-soft px-3 py-2 text-[0.8125rem] lg:col-span-3">
      <p className="min-w-0 flex-1 basis-64">
        <span className="font-medium text-bad">
          {failure ? `${stepName(failure.step)} failed` : `Deployment #${deployment.number} failed`}
        </span>
        {failure && <span className="break-words"> — {failure.message}</span>}
        {app.current_release && <span className="text-muted"> Release {app.current_release.number} keeps serving.</span>}
      </p>
      <Link
        to="/apps/$app/deployments/$deploymentId"
        params={{ app: app.name, deploymentId: deployment.id }}
        className="inline-flex items-center gap-1 font-medium text-bad hover:underline"
      >
        See what happened
        <ArrowRight aria-hidden className="size-3.5" />
      </Link>
    </div>
  );
}

export function AppRow({ app }: { app: App }) {
  const latest = app.latest_deployment;
  const serving = app.current_release !== null && app.state !== 'stopped' && app.state !== 'deleting';
  return (
    <li className="grid grid-cols-1 gap-x-6 px-4 py-4 sm:px-5 lg:grid-cols-[minmax(0,5fr)_minmax(0,4fr)_minmax(0,4fr)]">
      <div className="min-w-0">
        <div className="flex items-center justify-between gap-3 lg:justify-start">
          <Link
            to="/apps/$app"
            params={{ app: app.name }}
            className="min-w-0 truncate rounded-sm text-[0.9375rem] font-semibold hover:underline"
          >
            {app.name}
          </Link>
          <StatusBadge status={appStatus(app.state)} />
        </div>
        {app.state === 'deploying' && latest && <p className="mt-1 text-[0.8125rem] text-muted">{latest.status_text}</p>}
        {app.staged_changes > 0 && (
          <p className="mt-1 text-[0.8125rem] text-warn">{plural(app.staged_changes, 'staged change')}</p>
        )}
      </div>
      <div className="mt-2 min-w-0 text-[0.8125rem] lg:mt-0">
        {serving ? (
          <a href={app.url} target="_blank" rel="noreferrer" className="inline-flex max-w-full items-center gap-1.5 hover:underline">
            <span className="truncate">{app.url.replace(/^https?:\/\//, '')}</span>
            <ExternalLink aria-hidden className="size-3.5 shrink-0 text-muted" />
          </a>
        ) : (
          <span className="block truncate text-muted">{app.url.replace(/^https?:\/\//, '')}</span>
        )}
        <p className="mt-0.5 flex items-center gap-1.5 text-muted">
          <GitBranch aria-hidden className="size-3.5 shrink-0" />
          <span className="truncate">{app.source.branch}</span>
        </p>
      </div>
      <div className="mt-2 min-w-0 lg:mt-0">
        {latest ? <LastDeploy deployment={latest} /> : <p className="text-muted">Never deployed</p>}
      </div>
      {latest?.state === 'failed' && <FailureLine app={app} deployment={latest} />}
    </li>
  );
}

import { useQuery } from '@tanstack/react-query';
import { getRouteApi, Link, useNavigate } from '@tanstack/react-router';
import { useState } from 'react';

import { appQuery } from '@/api/queries';
import type { App, Deployment } from '@/api/types';
import { Banner } from '@/components/banner';
import { buttonClass } from '@/components/button';
import { CliTwin } from '@/components/cli-twin';
import { FailureCard } from '@/components/failure-card';
import { deploymentStatus } from '@/components/status-badge';
import { TimeAgo } from '@/components/time-ago';
import { plainText } from '@/lib/plain-text';
import { DeploymentRows } from '@/features/deployments/deployment-rows';
import { ReleasesPanel } from '@/features/deployments/releases-panel';
import { AppEnvironmentsPanel } from '@/features/projects/app-environments';
import { ReleasePanel, SourcePanel } from '@/features/projects/app-facts';
import { ReplicasPanel } from '@/features/projects/replicas-panel';
import { isFinal } from '@/lib/deployment';
import { useOrg } from '@/lib/session';
import { useTitle } from '@/lib/use-title';

import { StagedBar } from './app-staged';

const route = getRouteApi('/signed-in/apps/$app');

/** The latest deployment in one line. It is there whatever its state, so that nothing moves when that changes. */
function LatestNote({ app, deployment }: { app: string; deployment: Deployment }) {
  const { state, failure } = deployment;
  const { tone, label } = deploymentStatus(state);
  const running = !isFinal(state);
  const at = deployment.live_at ?? deployment.finished_at;
  return (
    <Banner
      live
      quiet={state !== 'failed' && !running}
      tone={tone}
      title={running ? `Deployment #${deployment.number}.` : `Deployment #${deployment.number}: ${label.toLowerCase()}.`}
      action={
        <Link to="/apps/$app/deployments/$deploymentId" params={{ app, deploymentId: deployment.id }} className={buttonClass('secondary', 'sm')}>
          {running ? 'Watch' : state === 'failed' ? 'See what happened' : 'See it'}
        </Link>
      }
    >
      {running ? plainText(deployment.status_text) : failure ? plainText(failure.message) : at && <TimeAgo at={at} className="text-muted" />}
    </Banner>
  );
}

/** How the latest deployment went. One that failed before the page was opened is explained at once, one that fails later in a line. */
function Latest({ app, deployment }: { app: App; deployment: Deployment }) {
  const [failedBefore] = useState(deployment.state === 'failed' ? deployment.id : undefined);
  return failedBefore === deployment.id ? <Failed app={app} deployment={deployment} /> : <LatestNote app={app.name} deployment={deployment} />;
}

function Failed({ app, deployment }: { app: App; deployment: Deployment }) {
  if (!deployment.failure) return null;
  return (
    <FailureCard
      failure={deployment.failure}
      actions={
        <>
          <p className="min-w-0 flex-1 text-muted">
            {app.current_release
              ? `Deployment #${deployment.number} failed; release ${app.current_release.number} keeps serving.`
              : `Deployment #${deployment.number} failed; nothing serves yet.`}
          </p>
          <Link
            to="/apps/$app/deployments/$deploymentId"
            params={{ app: app.name, deploymentId: deployment.id }}
            className={buttonClass('secondary', 'sm')}
          >
            See the log
          </Link>
        </>
      }
    />
  );
}

/** The first page of an app: what it needs from you, what runs, what changed. */
export function AppOverview() {
  const { app: name } = route.useParams();
  const { data: app } = useQuery(appQuery(useOrg(), name));
  const navigate = useNavigate();
  if (!app) return null;
  const latest = app.latest_deployment;
  const watch = (deployment: Deployment) =>
    void navigate({ to: '/apps/$app/deployments/$deploymentId', params: { app: app.name, deploymentId: deployment.id } });

  return (
    <>
      <div className="mb-5 space-y-2 empty:hidden">
        {latest && <Latest key={app.id} app={app} deployment={latest} />}
      </div>
      <div className="in-order grid items-start gap-6 xl:grid-cols-[minmax(0,1fr)_22rem]">
        <DeploymentRows app={app.name} limit={6} />
        <div className="in-order grid min-w-0 gap-4 md:grid-cols-2 xl:mt-10 xl:grid-cols-1">
          <ReplicasPanel app={app} />
          <AppEnvironmentsPanel app={app} />
          <ReleasePanel app={app} />
          <SourcePanel app={app} />
        </div>
      </div>
      <StagedBar app={app} onStarted={watch} />
    </>
  );
}

export function AppDeployments() {
  const { app: name } = route.useParams();
  const { data: app } = useQuery(appQuery(useOrg(), name));
  useTitle(`${name}: deployments`);
  return (
    <div className="in-order grid items-start gap-6 xl:grid-cols-[minmax(0,1fr)_22rem]">
      <div className="in-order min-w-0">
        <DeploymentRows app={name} />
        <CliTwin command={`wh deployments ${name}`} className="mt-3" />
      </div>
      <div className="min-w-0 xl:mt-10">{app && <ReleasesPanel app={app} />}</div>
    </div>
  );
}

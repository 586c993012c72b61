import { useQuery } from '@tanstack/react-query';
import { getRouteApi, Link, useNavigate } from '@tanstack/react-router';

import { appQuery } from '@/api/queries';
import type { App, Deployment } from '@/api/types';
import { Banner } from '@/components/banner';
import { buttonClass } from '@/components/button';
import { CliTwin } from '@/components/cli-twin';
import { FailureCard } from '@/components/failure-card';
import { plainText } from '@/lib/plain-text';
import { DeploymentRows } from '@/features/deployments/deployment-rows';
import { AppEnvironmentsPanel } from '@/features/projects/app-environments';
import { ReleasePanel, SourcePanel } from '@/features/projects/app-facts';
import { ReplicasPanel } from '@/features/projects/replicas-panel';
import { isFinal } from '@/lib/deployment';
import { useOrg } from '@/lib/session';
import { useTitle } from '@/lib/use-title';

import { StagedBanner, stagedChanges } from './app-staged';

const route = getRouteApi('/signed-in/apps/$app');

function RunningNote({ app, deployment }: { app: string; deployment: Deployment }) {
  return (
    <Banner
      live
      tone="busy"
      title={`Deployment #${deployment.number}.`}
      action={
        <Link to="/apps/$app/deployments/$deploymentId" params={{ app, deploymentId: deployment.id }} className={buttonClass('secondary', 'sm')}>
          Watch
        </Link>
      }
    >
      {plainText(deployment.status_text)}
    </Banner>
  );
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
        {stagedChanges(app) > 0 && <StagedBanner app={app} onStarted={watch} />}
        {latest && !isFinal(latest.state) && <RunningNote app={app.name} deployment={latest} />}
        {latest?.state === 'failed' && <Failed app={app} deployment={latest} />}
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
    </>
  );
}

export function AppDeployments() {
  const { app } = route.useParams();
  useTitle(`${app}: deployments`);
  return (
    <>
      <DeploymentRows app={app} />
      <CliTwin command={`wh deployments ${app}`} className="mt-3" />
    </>
  );
}

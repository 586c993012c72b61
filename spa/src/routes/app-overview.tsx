import { useQuery } from '@tanstack/react-query';
import { getRouteApi, Link, useNavigate } from '@tanstack/react-router';
import { CircleDot, LoaderCircle } from 'lucide-react';

import { appQuery } from '@/api/queries';
import type { App, Deployment } from '@/api/types';
import { Button, buttonClass } from '@/components/button';
import { CliTwin } from '@/components/cli-twin';
import { FailureCard } from '@/components/failure-card';
import { Panel } from '@/components/panel';
import { useStartDeployment } from '@/features/deployments/api';
import { DeploymentRows } from '@/features/deployments/deployment-rows';
import { ReleasePanel, SourcePanel } from '@/features/projects/app-facts';
import { ReplicasPanel } from '@/features/projects/replicas-panel';
import { VariablesPanel } from '@/features/secrets/variables-panel';
import { isFinal } from '@/lib/deployment';
import { plural } from '@/lib/format';
import { useOrg } from '@/lib/session';
import { toast } from '@/lib/toast';

const route = getRouteApi('/signed-in/apps/$app');

const stagedChanges = (app: App) => app.staged_changes + app.staged_settings.length;

function StagedBanner({ app }: { app: App }) {
  const staged = stagedChanges(app);
  const navigate = useNavigate();
  const apply = useStartDeployment(app.name, (deployment) => {
    void navigate({
      to: '/apps/$app/deployments/$deploymentId',
      params: { app: app.name, deploymentId: deployment.id },
    });
  });
  const canApply = app.current_release !== null && app.state !== 'stopped';
  return (
    <div className="mb-6 flex flex-wrap items-center gap-x-4 gap-y-3 rounded-xl bg-warn-soft px-4 py-3">
      <p className="flex min-w-0 flex-1 basis-64 items-start gap-2.5">
        <CircleDot aria-hidden className="mt-0.5 size-4 shrink-0 text-warn" />
        <span>
          <span className="font-medium text-warn">{plural(staged, 'staged change')}.</span> The next deployment applies{' '}
          {staged === 1 ? 'it' : 'them'}
          {canApply && '; or apply now, without a build'}.
        </span>
      </p>
      {canApply && (
        <Button
          size="sm"
          busy={apply.isPending}
          title={`wh env ${app.name} apply`}
          onClick={() =>
            apply.mutate(
              { action: 'apply-staged' },
              { onError: (error) => toast.error('The changes were not applied', error.message) },
            )
          }
        >
          Apply now
        </Button>
      )}
    </div>
  );
}

function RunningNote({ app, deployment }: { app: string; deployment: Deployment }) {
  return (
    <div role="status" className="mb-6 flex flex-wrap items-center gap-x-4 gap-y-2 rounded-xl bg-busy-soft px-4 py-3">
      <p className="flex min-w-0 flex-1 basis-64 items-start gap-2.5">
        <LoaderCircle aria-hidden className="mt-0.5 size-4 shrink-0 animate-breathe text-busy" />
        <span>
          <span className="font-medium text-busy">Deployment #{deployment.number}.</span> {deployment.status_text}
        </span>
      </p>
      <Link
        to="/apps/$app/deployments/$deploymentId"
        params={{ app, deploymentId: deployment.id }}
        className="font-medium text-busy hover:underline"
      >
        Watch
      </Link>
    </div>
  );
}

/** The first page of an app: what it needs from you, what runs, what changed. */
export function AppOverview() {
  const { app: name } = route.useParams();
  const org = useOrg();
  const { data: app } = useQuery(appQuery(org, name));
  if (!app) return null;
  const latest = app.latest_deployment;

  return (
    <>
      {stagedChanges(app) > 0 && <StagedBanner app={app} />}
      {latest && !isFinal(latest.state) && <RunningNote app={app.name} deployment={latest} />}
      {latest?.failure && latest.state === 'failed' && (
        <div className="mb-6">
          <FailureCard
            failure={latest.failure}
            actions={
              <>
                <p className="min-w-0 flex-1 text-muted">
                  {app.current_release
                    ? `Deployment #${latest.number} failed; release ${app.current_release.number} keeps serving.`
                    : `Deployment #${latest.number} failed; nothing serves yet.`}
                </p>
                <Link
                  to="/apps/$app/deployments/$deploymentId"
                  params={{ app: app.name, deploymentId: latest.id }}
                  className={buttonClass('secondary', 'sm')}
                >
                  See the log
                </Link>
              </>
            }
          />
        </div>
      )}
      <div className="grid items-start gap-6 lg:grid-cols-[minmax(0,1fr)_22rem]">
        <div className="grid min-w-0 gap-6">
          <Panel
            title="Recent deployments"
            aside={
              <Link
                to="/apps/$app/deployments"
                params={{ app: app.name }}
                className="rounded-sm text-[0.8125rem] text-muted hover:text-ink"
              >
                All
                <span className="sr-only"> deployments</span>
              </Link>
            }
          >
            <DeploymentRows app={app.name} limit={5} />
          </Panel>
          <VariablesPanel app={app.name} />
        </div>
        <div className="grid min-w-0 gap-6">
          <ReleasePanel app={app} />
          <ReplicasPanel app={app} />
          <SourcePanel app={app} />
        </div>
      </div>
    </>
  );
}

export function AppDeployments() {
  const { app } = route.useParams();
  return (
    <>
      <Panel title="Deployments">
        <DeploymentRows app={app} />
      </Panel>
      <CliTwin command={`wh deployments ${app}`} className="mt-3" />
    </>
  );
}

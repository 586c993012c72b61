import { useQuery } from '@tanstack/react-query';
import { getRouteApi, Link, useNavigate } from '@tanstack/react-router';
import { ChevronRight, ExternalLink, Files, GitCommitHorizontal, History, RotateCw, X } from 'lucide-react';
import { useState } from 'react';

import { appQuery, deploymentQuery, releasesQuery } from '@/api/queries';
import type { App, Deployment } from '@/api/types';
import { Button, buttonClass } from '@/components/button';
import { CliTwin } from '@/components/cli-twin';
import { CopyButton } from '@/components/copy-button';
import { FailureCard } from '@/components/failure-card';
import { plainText } from '@/lib/plain-text';
import { holdBack } from '@/components/hold-back';
import { PageHeader } from '@/components/page-header';
import { ErrorNotice, Skeleton } from '@/components/states';
import { deploymentStatus } from '@/components/status-badge';
import { TimeAgo } from '@/components/time-ago';
import { keptImages, sameAgain, useCancelDeployment, useStartDeployment } from '@/features/deployments/api';
import { BuildLog } from '@/features/deployments/build-log';
import { PhaseTimeline } from '@/features/deployments/phase-timeline';
import { ReceiptPanel } from '@/features/deployments/receipt-panel';
import { RollbackDialog } from '@/features/deployments/rollback-dialog';
import { totalMs } from '@/features/deployments/timeline';
import { cn } from '@/lib/cn';
import { headline, isFinal, triggerText } from '@/lib/deployment';
import { formatDuration, shortCommit } from '@/lib/format';
import { useCanIn } from '@/lib/permissions';
import { useOrg } from '@/lib/session';
import { toast } from '@/lib/toast';
import { useNow } from '@/lib/use-now';
import { useTitle } from '@/lib/use-title';

const route = getRouteApi('/signed-in/apps/$app/deployments/$deploymentId');

function Breadcrumb({ app, number }: { app: string; number?: number | undefined }) {
  const linkClass = 'rounded-sm hover:text-ink';
  return (
    <nav aria-label="Breadcrumb" className="mb-1.5 text-xs text-muted">
      <ol className="flex flex-wrap items-center gap-1">
        <li>
          <Link to="/" className={linkClass}>
            Apps
          </Link>
        </li>
        <ChevronRight aria-hidden className="size-3.5" />
        <li>
          <Link to="/apps/$app" params={{ app }} className={linkClass}>
            {app}
          </Link>
        </li>
        <ChevronRight aria-hidden className="size-3.5" />
        <li aria-current="page">{number === undefined ? 'Deployment' : `#${number}`}</li>
      </ol>
    </nav>
  );
}

function Actions({ app, deployment }: { app: App | undefined; deployment: Deployment }) {
  const navigate = useNavigate();
  const name = deployment.app_name;
  const [askingRollback, setAskingRollback] = useState(false);
  const watch = (next: Deployment) => {
    setAskingRollback(false);
    void navigate({ to: '/apps/$app/deployments/$deploymentId', params: { app: name, deploymentId: next.id } });
  };
  const deploy = useStartDeployment(name, watch);
  const cancel = useCancelDeployment(name);
  const failed = (what: string) => (error: Error) => toast.error(what, error.message);
  const current = app?.current_release?.deployment_id === deployment.id;
  const mayDeploy = useCanIn(app?.project, 'app:deploy');

  const release = deployment.release_number;
  const canReturn = deployment.state === 'superseded' && release != null && !current;
  const releases = useQuery({ ...releasesQuery(useOrg(), name), enabled: canReturn });
  const gone = releases.data?.find((each) => each.number === release)?.image_removed === true;

  if (!isFinal(deployment.state)) {
    return (
      <Button
        busy={cancel.isPending}
        disabled={!mayDeploy}
        onClick={() =>
          cancel.mutate(deployment.id, {
            onSuccess: () => toast.done(`Deployment #${deployment.number} is being cancelled`),
            onError: failed('It was not cancelled'),
          })
        }
      >
        {!cancel.isPending && <X aria-hidden className="size-4" />}
        Cancel
      </Button>
    );
  }
  return (
    <>
      {current && app.state !== 'stopped' && (
        <a href={app.url} target="_blank" rel="noreferrer" className={buttonClass()}>
          Open app
          <ExternalLink aria-hidden className="size-3.5 text-muted" />
        </a>
      )}
      {canReturn && (
        <Button
          title={gone ? `The image of release ${release} was removed. ${keptImages}` : `wh rollback ${name} --to ${release}`}
          busy={deploy.isPending && deploy.variables.action === 'rollback'}
          disabled={!mayDeploy || gone}
          onClick={() =>
            deploy.mutate({ action: 'rollback', body: { release } }, { onError: failed('The rollback was not started') })
          }
        >
          <History aria-hidden className="size-4" />
          Roll back to this
        </Button>
      )}
      {current && (
        <>
          <Button disabled={!mayDeploy} onClick={() => setAskingRollback(true)} title={`wh rollback ${name}`}>
            <History aria-hidden className="size-4" />
            Roll back…
          </Button>
          <RollbackDialog app={app} open={askingRollback} onClose={() => setAskingRollback(false)} onStarted={watch} />
        </>
      )}
      <Button
        look={deployment.state === 'failed' ? 'primary' : 'secondary'}
        title={`wh redeploy ${name}/${deployment.number}`}
        busy={deploy.isPending && deploy.variables.action === 'deployments'}
        disabled={!mayDeploy || !app}
        onClick={() =>
          app &&
          deploy.mutate(
            { action: 'deployments', body: sameAgain(deployment, app) },
            { onError: failed('The deployment was not started') },
          )
        }
      >
        <RotateCw aria-hidden className="size-4" />
        Redeploy
      </Button>
    </>
  );
}

function Origin({ deployment }: { deployment: Deployment }) {
  const { commit, branch, commands } = deployment.source;
  const hash = deployment.content_hash;
  const now = useNow(!isFinal(deployment.state));
  return (
    <p className="flex flex-wrap items-center gap-x-3 gap-y-1">
      {commit && (
        <span className="inline-flex items-center gap-1">
          <GitCommitHorizontal aria-hidden className="size-4" />
          <code className="font-mono text-xs" title={commit}>
            {shortCommit(commit)}
          </code>
          <CopyButton text={commit} what="commit" className="h-5 px-1" />
        </span>
      )}
      {commands && (
        <span>
          built in{' '}
          <code className="font-mono text-xs" title={[commands.install_command, commands.build_command, commands.start_command].filter(Boolean).join('\n')}>
            {commands.image}
          </code>
        </span>
      )}
      {hash && (
        <span className="inline-flex items-center gap-1">
          <Files aria-hidden className="size-4" />
          <code className="font-mono text-xs" title={`Content of the static site: sha256:${hash}`}>
            {hash.slice(0, 12)}
          </code>
          <CopyButton text={hash} what="content hash" className="h-5 px-1" />
        </span>
      )}
      <span>
        {triggerText(deployment)} by {deployment.created_by} from {branch}
      </span>
      <TimeAgo at={deployment.created_at} />
      <span className="tabular-nums">
        {isFinal(deployment.state) ? 'took' : 'running for'} {formatDuration(totalMs(deployment, now))}
      </span>
    </p>
  );
}

function Loading() {
  return (
    <div role="status" ref={holdBack} aria-label="Loading deployment">
      <h1 className="sr-only">Deployment</h1>
      <Skeleton className="h-7 w-64" />
      <Skeleton className="mt-1.5 h-4 w-80" />
      <Skeleton className="mt-5 h-25 w-full rounded-xl" />
      <Skeleton className="mt-4 h-96 w-full rounded-xl" />
    </div>
  );
}

/** One deployment: what happens now, its phases, why it failed, its build log. */
export function DeploymentPage() {
  const { app: appName, deploymentId } = route.useParams();
  const org = useOrg();
  const query = useQuery(deploymentQuery(org, deploymentId));
  const app = useQuery(appQuery(org, appName));
  const deployment = query.data;
  useTitle(deployment ? `${appName} #${deployment.number}` : appName);

  // What can be done depends on the app: the page comes with it.
  if (!deployment || app.isPending) {
    return (
      <>
        <Breadcrumb app={appName} />
        {query.isError ? <ErrorNotice level={1} error={query.error} onRetry={() => void query.refetch()} /> : <Loading />}
      </>
    );
  }
  return (
    <>
      <Breadcrumb app={appName} number={deployment.number} />
      <PageHeader
        title={
          <>
            <span className="font-normal text-muted tabular-nums">#{deployment.number}</span> {plainText(headline(deployment))}
          </>
        }
        status={deploymentStatus(deployment.state)}
        meta={<Origin deployment={deployment} />}
        actions={<Actions app={app.data} deployment={deployment} />}
      />

      <section aria-label="Progress" className="rounded-xl border border-line bg-surface">
        <PhaseTimeline deployment={deployment} />
        {/* A failure says it in full below. */}
        <p role="status" className="border-t border-line px-4 py-2 text-muted empty:hidden">
          {deployment.failure ? null : plainText(deployment.status_text)}
        </p>
      </section>

      {deployment.failure && (
        <div className="mt-4">
          <FailureCard failure={deployment.failure} />
        </div>
      )}
      <div className={cn('mt-4 grid items-start gap-4', deployment.receipt && 'xl:grid-cols-[minmax(0,1fr)_25rem]')}>
        <div className="min-w-0">
          <div className="overflow-hidden rounded-xl border border-line bg-surface">
            <BuildLog key={deployment.id} deployment={deployment} />
          </div>
          <CliTwin command={`wh logs --build ${appName}`} className="mt-3" />
        </div>
        {deployment.receipt && <ReceiptPanel receipt={deployment.receipt} />}
      </div>
    </>
  );
}

import { useQuery } from '@tanstack/react-query';
import { getRouteApi, Link, Outlet } from '@tanstack/react-router';
import { ChevronLeft, ExternalLink } from 'lucide-react';

import { appQuery } from '@/api/queries';
import type { App } from '@/api/types';
import { buttonClass } from '@/components/button';
import { CliTwin } from '@/components/cli-twin';
import { CopyButton } from '@/components/copy-button';
import { ErrorNotice, Skeleton } from '@/components/states';
import { appStatus, StatusBadge } from '@/components/status-badge';
import { tabClass } from '@/components/tabs';
import { useCan } from '@/lib/permissions';
import { useOrg } from '@/lib/session';
import { useTitle } from '@/lib/use-title';

import { AppActions } from './app-actions';
import { AppBanners } from './app-banners';

const route = getRouteApi('/signed-in/apps/$app');

function Heading({ app }: { app: App }) {
  const reachable = app.current_release !== null && app.state !== 'stopped' && app.state !== 'deleting';
  return (
    <div className="flex flex-wrap items-start justify-between gap-x-6 gap-y-4">
      <div className="min-w-0">
        <div className="flex flex-wrap items-center gap-x-3 gap-y-1.5">
          <h1 className="min-w-0 text-xl font-semibold tracking-tight break-all">{app.name}</h1>
          <StatusBadge status={appStatus(app.state)} />
        </div>
        <p className="mt-1 flex min-w-0 items-center gap-1 text-muted">
          <span className="truncate">{app.url}</span>
          <CopyButton text={app.url} what="URL" className="h-6" />
        </p>
      </div>
      <div className="flex flex-col gap-1.5 max-sm:w-full sm:items-end">
        <div className="flex flex-wrap items-center gap-1 sm:gap-2">
          {reachable && (
            <a href={app.url} target="_blank" rel="noreferrer" className={buttonClass()}>
              Open app
              <ExternalLink aria-hidden className="size-3.5 text-muted" />
            </a>
          )}
          <AppActions app={app} />
        </div>
        <CliTwin command={`wh deploy ${app.name}`} />
      </div>
    </div>
  );
}

function Tabs({ app }: { app: string }) {
  const mayAudit = useCan('audit:read');
  return (
    <nav aria-label="App" className="mt-6 mb-6 flex gap-5 overflow-x-auto border-b border-line">
      <Link to="/apps/$app" params={{ app }} className={tabClass} activeOptions={{ exact: true }} activeProps={{ 'aria-current': 'page' }}>
        Overview
      </Link>
      <Link to="/apps/$app/deployments" params={{ app }} className={tabClass} activeProps={{ 'aria-current': 'page' }}>
        Deployments
      </Link>
      <Link to="/apps/$app/logs" params={{ app }} className={tabClass} activeProps={{ 'aria-current': 'page' }}>
        Logs
      </Link>
      <Link to="/apps/$app/metrics" params={{ app }} className={tabClass} activeProps={{ 'aria-current': 'page' }}>
        Metrics
      </Link>
      <Link to="/apps/$app/variables" params={{ app }} className={tabClass} activeProps={{ 'aria-current': 'page' }}>
        Variables
      </Link>
      <Link to="/apps/$app/settings" params={{ app }} className={tabClass} activeProps={{ 'aria-current': 'page' }}>
        Settings
      </Link>
      {mayAudit && (
        <Link to="/apps/$app/audit" params={{ app }} className={tabClass} activeProps={{ 'aria-current': 'page' }}>
          History
        </Link>
      )}
    </nav>
  );
}

export function BackLink() {
  return (
    <Link to="/" className="mb-3 -ml-1 inline-flex items-center gap-1 rounded-sm text-[0.8125rem] text-muted hover:text-ink">
      <ChevronLeft aria-hidden className="size-3.5" />
      Apps
    </Link>
  );
}

/** An app's name, state, actions and tabs, above each of its pages. */
export function AppLayout() {
  const { app: name } = route.useParams();
  const org = useOrg();
  const query = useQuery(appQuery(org, name));
  useTitle(name);

  if (query.isPending) {
    return (
      <div role="status" aria-label="Loading app">
        <Skeleton className="mb-4 h-4 w-16" />
        <Skeleton className="h-8 w-56" />
        <Skeleton className="mt-2 h-4 w-72" />
        <Skeleton className="mt-12 h-64 w-full rounded-xl" />
      </div>
    );
  }
  if (!query.data) {
    return (
      <>
        <BackLink />
        <ErrorNotice level={1} error={query.error} onRetry={() => void query.refetch()} />
      </>
    );
  }
  const app = query.data;
  return (
    <>
      <BackLink />
      <Heading app={app} />
      <AppBanners app={app} />
      <Tabs app={app.name} />
      <Outlet />
    </>
  );
}

import { useQuery } from '@tanstack/react-query';
import { getRouteApi, Link, Outlet } from '@tanstack/react-router';
import { ChevronLeft, ExternalLink } from 'lucide-react';

import { appQuery } from '@/api/queries';
import type { App } from '@/api/types';
import { buttonClass } from '@/components/button';
import { CopyButton } from '@/components/copy-button';
import { holdBack } from '@/components/hold-back';
import { PageHeader } from '@/components/page-header';
import { ErrorNotice, Skeleton } from '@/components/states';
import { appStatus } from '@/components/status-badge';
import { tabClass, Tabs } from '@/components/tabs';
import { appEnvironmentsQuery } from '@/features/projects/api';
import { EnvironmentSwitch } from '@/features/projects/app-environments';
import { useCan } from '@/lib/permissions';
import { useOrg } from '@/lib/session';
import { useTitle } from '@/lib/use-title';

import { AppActions } from './app-actions';
import { AppBanners } from './app-banners';

const route = getRouteApi('/signed-in/apps/$app');

function Heading({ app }: { app: App }) {
  const reachable = app.current_release !== null && app.state !== 'stopped' && app.state !== 'deleting';
  return (
    <PageHeader
      title={app.name}
      status={appStatus(app)}
      meta={
        <p className="flex min-w-0 items-center gap-1">
          <span className="truncate">{app.url}</span>
          <CopyButton text={app.url} what="URL" className="h-6" />
        </p>
      }
      actions={
        <>
          {reachable && (
            <a href={app.url} target="_blank" rel="noreferrer" className={buttonClass()}>
              Open app
              <ExternalLink aria-hidden className="text-muted" />
            </a>
          )}
          <AppActions app={app} />
        </>
      }
    />
  );
}

function AppTabs({ app }: { app: string }) {
  const mayAudit = useCan('audit:read');
  return (
    <Tabs label="App">
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
    </Tabs>
  );
}

export function BackLink() {
  return (
    <Link to="/" className="mb-1.5 -ml-1 inline-flex items-center gap-1 rounded-sm text-xs text-muted hover:text-ink">
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
  // Where the app is in several, the way to the others stands above the tabs.
  const environments = useQuery(appEnvironmentsQuery(org, name));
  useTitle(name);

  if (query.isPending || (query.data && environments.isPending)) {
    return (
      <div role="status" ref={holdBack} aria-label="Loading app">
        <h1 className="sr-only">{name}</h1>
        <Skeleton className="mb-2.5 h-4 w-16" />
        <Skeleton className="h-7 w-56" />
        <Skeleton className="mt-1.5 h-4 w-72" />
        <Skeleton className="mt-14 h-80 w-full rounded-xl" />
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
      <EnvironmentSwitch app={app} />
      <AppTabs app={app.name} />
      <Outlet />
    </>
  );
}

import {
  createRootRoute,
  createRoute,
  createRouter,
  lazyRouteComponent,
  Outlet,
  type ErrorComponentProps,
  type RouterHistory,
} from '@tanstack/react-router';

import { ErrorNotice } from '@/components/states';
import { AppsPage } from '@/features/projects/apps-page';
import { NotFound } from '@/routes/not-found';

import { Gate } from './gate';
import { ShellFrame } from './shell';

// The route table of the dashboard. What the first page needs is in the first chunk; the rest comes when it is wanted.

function PageError({ error, reset }: ErrorComponentProps) {
  return <ErrorNotice level={1} error={error} onRetry={reset} />;
}

const root = createRootRoute({
  component: Outlet,
  notFoundComponent: () => (
    <ShellFrame>
      <NotFound />
    </ShellFrame>
  ),
  errorComponent: (props) => (
    <ShellFrame>
      <PageError {...props} />
    </ShellFrame>
  ),
});

const setup = createRoute({
  getParentRoute: () => root,
  path: '/setup',
  component: lazyRouteComponent(() => import('@/routes/setup-page'), 'SetupPage'),
});

const signedIn = createRoute({ getParentRoute: () => root, id: 'signed-in', component: Gate });

const apps = createRoute({ getParentRoute: () => signedIn, path: '/', component: AppsPage });

const createApp = createRoute({
  getParentRoute: () => signedIn,
  path: '/apps/new',
  component: lazyRouteComponent(() => import('@/routes/create-app-page'), 'CreateAppPage'),
});

const app = createRoute({
  getParentRoute: () => signedIn,
  path: '/apps/$app',
  component: lazyRouteComponent(() => import('@/routes/app-layout'), 'AppLayout'),
});

const appOverview = createRoute({
  getParentRoute: () => app,
  path: '/',
  component: lazyRouteComponent(() => import('@/routes/app-overview'), 'AppOverview'),
});

const appDeployments = createRoute({
  getParentRoute: () => app,
  path: '/deployments',
  component: lazyRouteComponent(() => import('@/routes/app-overview'), 'AppDeployments'),
});

const appLogs = createRoute({
  getParentRoute: () => app,
  path: '/logs',
  component: lazyRouteComponent(() => import('@/routes/app-logs'), 'AppLogs'),
});

const deployment = createRoute({
  getParentRoute: () => signedIn,
  path: '/apps/$app/deployments/$deploymentId',
  component: lazyRouteComponent(() => import('@/routes/deployment-page'), 'DeploymentPage'),
});

const workers = createRoute({
  getParentRoute: () => signedIn,
  path: '/workers',
  component: lazyRouteComponent(() => import('@/features/fleet/workers-page'), 'WorkersPage'),
});

const routeTree = root.addChildren([
  setup,
  signedIn.addChildren([
    apps,
    createApp,
    app.addChildren([appOverview, appDeployments, appLogs]),
    deployment,
    workers,
  ]),
]);

export const createAppRouter = (history?: RouterHistory) =>
  createRouter({
    routeTree,
    ...(history ? { history } : {}),
    defaultPreload: 'intent',
    defaultPendingMs: 150,
    scrollRestoration: true,
    defaultErrorComponent: PageError,
  });

declare module '@tanstack/react-router' {
  interface Register {
    router: ReturnType<typeof createAppRouter>;
  }
}

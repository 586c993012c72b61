import {
  createRootRoute,
  createRoute,
  createRouter,
  lazyRouteComponent,
  Outlet,
  type ErrorComponentProps,
  type RouterHistory,
} from '@tanstack/react-router';

import { PageFailed } from '@/routes/error-pages';
import { NotFound } from '@/routes/not-found';
import { OverviewPage } from '@/routes/overview-page';

import { Gate } from './gate';
import { activitySearch, auditSearch, deviceSearch, logSearch, metricsSearch } from './search';
import { ShellFrame } from './shell';

// The route table of the dashboard. What the first page needs is in the first chunk; the rest comes when it is wanted.

function PageError({ error, reset }: ErrorComponentProps) {
  return <PageFailed error={error} reset={reset} />;
}

const root = createRootRoute({
  component: Outlet,
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

const signIn = createRoute({
  getParentRoute: () => root,
  path: '/sign-in',
  component: lazyRouteComponent(() => import('@/routes/sign-in-pages'), 'SignInPage'),
});

const signInCode = createRoute({
  getParentRoute: () => root,
  path: '/sign-in/code',
  component: lazyRouteComponent(() => import('@/routes/sign-in-pages'), 'CodePage'),
});

const invitation = createRoute({
  getParentRoute: () => root,
  path: '/invitation',
  component: lazyRouteComponent(() => import('@/routes/invitation-page'), 'InvitationPage'),
});

const signedIn = createRoute({ getParentRoute: () => root, id: 'signed-in', component: Gate });

const apps = createRoute({ getParentRoute: () => signedIn, path: '/', component: OverviewPage });

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
  validateSearch: logSearch,
  component: lazyRouteComponent(() => import('@/routes/app-logs'), 'AppLogs'),
});

const appVariables = createRoute({
  getParentRoute: () => app,
  path: '/variables',
  component: lazyRouteComponent(() => import('@/routes/app-variables'), 'AppVariables'),
});

const appMetrics = createRoute({
  getParentRoute: () => app,
  path: '/metrics',
  validateSearch: metricsSearch,
  component: lazyRouteComponent(() => import('@/routes/app-metrics'), 'AppMetrics'),
});

const appSettings = createRoute({
  getParentRoute: () => app,
  path: '/settings',
  component: lazyRouteComponent(() => import('@/routes/app-settings'), 'AppSettings'),
});

const appAudit = createRoute({
  getParentRoute: () => app,
  path: '/audit',
  validateSearch: auditSearch,
  component: lazyRouteComponent(() => import('@/routes/audit-pages'), 'AppAuditPage'),
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

const device = createRoute({
  getParentRoute: () => signedIn,
  path: '/device',
  validateSearch: deviceSearch,
  component: lazyRouteComponent(() => import('@/routes/sign-in-pages'), 'DevicePage'),
});

const account = createRoute({
  getParentRoute: () => signedIn,
  path: '/account',
  component: lazyRouteComponent(() => import('@/routes/account-pages'), 'AccountLayout'),
});

const accountProfile = createRoute({
  getParentRoute: () => account,
  path: '/',
  component: lazyRouteComponent(() => import('@/routes/account-pages'), 'AccountProfile'),
});

const accountSecurity = createRoute({
  getParentRoute: () => account,
  path: '/security',
  component: lazyRouteComponent(() => import('@/routes/account-pages'), 'AccountSecurity'),
});

const accountTokens = createRoute({
  getParentRoute: () => account,
  path: '/tokens',
  component: lazyRouteComponent(() => import('@/routes/account-pages'), 'AccountTokens'),
});

const installation = createRoute({
  getParentRoute: () => account,
  path: '/installation',
  component: lazyRouteComponent(() => import('@/routes/account-pages'), 'InstallationSettings'),
});

const organization = createRoute({
  getParentRoute: () => signedIn,
  path: '/organization',
  component: lazyRouteComponent(() => import('@/routes/organization-pages'), 'OrganizationLayout'),
});

const organizationSettings = createRoute({
  getParentRoute: () => organization,
  path: '/',
  component: lazyRouteComponent(() => import('@/routes/organization-pages'), 'OrganizationSettings'),
});

const organizationMembers = createRoute({
  getParentRoute: () => organization,
  path: '/members',
  component: lazyRouteComponent(() => import('@/routes/organization-pages'), 'OrganizationMembers'),
});

const organizationTokens = createRoute({
  getParentRoute: () => organization,
  path: '/tokens',
  component: lazyRouteComponent(() => import('@/routes/organization-pages'), 'OrganizationTokens'),
});

const organizationVariables = createRoute({
  getParentRoute: () => organization,
  path: '/variables',
  component: lazyRouteComponent(() => import('@/routes/organization-pages'), 'OrganizationVariables'),
});

const createOrganization = createRoute({
  getParentRoute: () => signedIn,
  path: '/organizations/new',
  component: lazyRouteComponent(() => import('@/routes/organization-pages'), 'CreateOrganizationPage'),
});

const projects = createRoute({
  getParentRoute: () => signedIn,
  path: '/projects',
  component: lazyRouteComponent(() => import('@/features/projects/projects-page'), 'ProjectsPage'),
});

const project = createRoute({
  getParentRoute: () => signedIn,
  path: '/projects/$project',
  component: lazyRouteComponent(() => import('@/routes/project-pages'), 'ProjectPage'),
});

const environment = createRoute({
  getParentRoute: () => signedIn,
  path: '/projects/$project/environments/$environment',
  component: lazyRouteComponent(() => import('@/routes/project-pages'), 'EnvironmentPage'),
});

const activity = createRoute({
  getParentRoute: () => signedIn,
  path: '/activity',
  validateSearch: activitySearch,
  component: lazyRouteComponent(() => import('@/routes/activity-page'), 'ActivityPage'),
});

const gettingStarted = createRoute({
  getParentRoute: () => signedIn,
  path: '/getting-started',
  component: lazyRouteComponent(() => import('@/features/setup/checklist-page'), 'ChecklistPage'),
});

const audit = createRoute({
  getParentRoute: () => signedIn,
  path: '/audit',
  validateSearch: auditSearch,
  component: lazyRouteComponent(() => import('@/routes/audit-pages'), 'AuditPage'),
});

// In the frame of the other pages, with their ways on.
const lost = createRoute({ getParentRoute: () => signedIn, path: '$', component: NotFound });

const routeTree = root.addChildren([
  setup,
  signIn,
  signInCode,
  invitation,
  signedIn.addChildren([
    apps,
    createApp,
    app.addChildren([appOverview, appDeployments, appLogs, appMetrics, appVariables, appSettings, appAudit]),
    deployment,
    workers,
    device,
    account.addChildren([accountProfile, accountSecurity, accountTokens, installation]),
    organization.addChildren([organizationSettings, organizationMembers, organizationTokens, organizationVariables]),
    createOrganization,
    projects,
    project,
    environment,
    activity,
    gettingStarted,
    audit,
    lost,
  ]),
]);

export const createAppRouter = (history?: RouterHistory) =>
  createRouter({
    routeTree,
    ...(history ? { history } : {}),
    defaultPreload: 'intent',
    defaultPendingMs: 150,
    scrollRestoration: true,
    // An app in another environment than production: hello@staging.
    pathParamsAllowedCharacters: ['@'],
    defaultErrorComponent: PageError,
    defaultNotFoundComponent: NotFound,
  });

declare module '@tanstack/react-router' {
  interface Register {
    router: ReturnType<typeof createAppRouter>;
  }
}

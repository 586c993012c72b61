const part = encodeURIComponent;

/** What is asked of an app by POST. */
type AppAction =
  | 'deployments'
  | 'rollback'
  | 'restart'
  | 'apply-staged'
  | 'stop'
  | 'start'
  | 'undo'
  | 'resume';

/** The paths of the REST API; every value is escaped here and nowhere else. */
export const paths = {
  setup: '/api/v1/setup',
  session: '/api/v1/session',
  feed: '/api/v1/feed',
  apps: (org: string) => `/api/v1/orgs/${part(org)}/apps`,
  app: (org: string, app: string) => `/api/v1/orgs/${part(org)}/apps/${part(app)}`,
  appAction: (org: string, app: string, action: AppAction) =>
    `/api/v1/orgs/${part(org)}/apps/${part(app)}/${action}`,
  deletion: (org: string, app: string) => `/api/v1/orgs/${part(org)}/apps/${part(app)}/deletion`,
  releases: (org: string, app: string) => `/api/v1/orgs/${part(org)}/apps/${part(app)}/releases`,
  replicas: (org: string, app: string) => `/api/v1/orgs/${part(org)}/apps/${part(app)}/replicas`,
  variables: (org: string, app: string) => `/api/v1/orgs/${part(org)}/apps/${part(app)}/variables`,
  variable: (org: string, app: string, name: string) =>
    `/api/v1/orgs/${part(org)}/apps/${part(app)}/variables/${part(name)}`,
  runtimeLog: (org: string, app: string, tail: number) =>
    `/api/v1/orgs/${part(org)}/apps/${part(app)}/logs?tail=${tail}`,
  runtimeLogStream: (org: string, app: string, tail: number) =>
    `/api/v1/orgs/${part(org)}/apps/${part(app)}/logs/stream?tail=${tail}`,
  deployment: (org: string, id: string) => `/api/v1/orgs/${part(org)}/deployments/${part(id)}`,
  cancel: (org: string, id: string) => `/api/v1/orgs/${part(org)}/deployments/${part(id)}/cancel`,
  buildLog: (org: string, id: string, offset: number) =>
    `/api/v1/orgs/${part(org)}/deployments/${part(id)}/log?offset=${offset}`,
  buildLogStream: (org: string, id: string, offset: number) =>
    `/api/v1/orgs/${part(org)}/deployments/${part(id)}/log/stream?offset=${offset}`,
  workers: (org: string) => `/api/v1/orgs/${part(org)}/workers`,
  enrolmentTokens: (org: string) => `/api/v1/orgs/${part(org)}/workers/enrolment-tokens`,
};

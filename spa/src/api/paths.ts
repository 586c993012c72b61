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

/** Which part of an app's log; what is empty is left to the server. */
export interface LogWanted {
  tail?: number | 'all';
  since?: string;
  replica?: string;
  grep?: string;
  timestamps?: boolean;
  /** Where an earlier stream stopped: the id of its last event. */
  cursor?: string;
}

function logQuery(wanted: LogWanted): string {
  const given = Object.entries(wanted).filter(([, value]) => value !== undefined && value !== '' && value !== false);
  return given.map(([name, value]) => `${name}=${part(String(value))}`).join('&');
}

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
  runtimeLog: (org: string, app: string, wanted: LogWanted) =>
    `/api/v1/orgs/${part(org)}/apps/${part(app)}/logs?${logQuery(wanted)}`,
  runtimeLogStream: (org: string, app: string, wanted: LogWanted) =>
    `/api/v1/orgs/${part(org)}/apps/${part(app)}/logs/stream?${logQuery(wanted)}`,
  deployment: (org: string, id: string) => `/api/v1/orgs/${part(org)}/deployments/${part(id)}`,
  cancel: (org: string, id: string) => `/api/v1/orgs/${part(org)}/deployments/${part(id)}/cancel`,
  buildLog: (org: string, id: string, offset: number) =>
    `/api/v1/orgs/${part(org)}/deployments/${part(id)}/log?offset=${offset}`,
  buildLogStream: (org: string, id: string, offset: number) =>
    `/api/v1/orgs/${part(org)}/deployments/${part(id)}/log/stream?offset=${offset}`,
  workers: (org: string) => `/api/v1/orgs/${part(org)}/workers`,
  enrolmentTokens: (org: string) => `/api/v1/orgs/${part(org)}/workers/enrolment-tokens`,
};

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

/** Whose variables: an app's own, or what apps inherit from above. */
export type VariableScope =
  | { kind: 'app'; app: string }
  | { kind: 'environment'; project: string; environment: string }
  | { kind: 'project'; project: string }
  | { kind: 'organization' };

function scopePath(org: string, scope: VariableScope): string {
  const base = `/api/v1/orgs/${part(org)}`;
  if (scope.kind === 'app') return `${base}/apps/${part(scope.app)}/variables`;
  if (scope.kind === 'organization') return `${base}/variables`;
  const project = `${base}/projects/${part(scope.project)}`;
  return scope.kind === 'project' ? `${project}/variables` : `${project}/environments/${part(scope.environment)}/variables`;
}

/** The paths of the REST API; every value is escaped here and nowhere else. */
export const paths = {
  setup: '/api/v1/setup',
  session: '/api/v1/session',
  feed: '/api/v1/feed',
  orgFeed: (org: string) => `/api/v1/orgs/${part(org)}/feed`,

  signIn: '/api/v1/sign-in',
  /** A page of the server, not a call: it leads to the provider and back to `returnTo`. */
  signInStart: (returnTo: string) => `/api/v1/sign-in/start?return_to=${part(returnTo)}`,
  signInCode: '/api/v1/sign-in/code',
  me: '/api/v1/me',
  sessions: '/api/v1/me/sessions',
  oneSession: (id: string) => `/api/v1/me/sessions/${part(id)}`,
  clis: '/api/v1/me/clis',
  cli: (id: string) => `/api/v1/me/clis/${part(id)}`,
  sshKeys: '/api/v1/me/ssh-keys',
  sshKey: (id: string) => `/api/v1/me/ssh-keys/${part(id)}`,
  identities: '/api/v1/me/identities',
  identityAction: (action: 'start' | 'unlink') => `/api/v1/me/identities/${action}`,
  providerSettings: '/api/v1/settings/sign-in',
  mailSettings: '/api/v1/settings/mail',
  mailTest: '/api/v1/settings/mail/test',
  totp: '/api/v1/me/totp',
  totpAction: (action: 'confirm' | 'disable' | 'recovery-codes') => `/api/v1/me/totp/${action}`,
  proof: '/api/v1/me/proof',
  deviceRequest: (code: string) => `/api/v1/device/requests/${part(code)}`,
  deviceDecision: '/api/v1/device/decide',
  /** Of a person, or of an organization. */
  tokens: (org: string | null) => (org === null ? '/api/v1/me/tokens' : `/api/v1/orgs/${part(org)}/tokens`),
  token: (org: string | null, id: string) =>
    org === null ? `/api/v1/me/tokens/${part(id)}` : `/api/v1/orgs/${part(org)}/tokens/${part(id)}`,

  orgs: '/api/v1/orgs',
  org: (org: string) => `/api/v1/orgs/${part(org)}`,
  orgAction: (org: string, action: 'undo' | 'leave' | 'transfer') => `/api/v1/orgs/${part(org)}/${action}`,
  members: (org: string) => `/api/v1/orgs/${part(org)}/members`,
  member: (org: string, person: string) => `/api/v1/orgs/${part(org)}/members/${part(person)}`,
  memberProject: (org: string, person: string, project: string) =>
    `/api/v1/orgs/${part(org)}/members/${part(person)}/projects/${part(project)}`,
  invitations: (org: string) => `/api/v1/orgs/${part(org)}/invitations`,
  invitation: (org: string, id: string) => `/api/v1/orgs/${part(org)}/invitations/${part(id)}`,
  invitationLook: '/api/v1/invitations/look',
  invitationAccept: '/api/v1/invitations/accept',
  projects: (org: string) => `/api/v1/orgs/${part(org)}/projects`,
  project: (org: string, project: string) => `/api/v1/orgs/${part(org)}/projects/${part(project)}`,
  environments: (org: string, project: string) => `/api/v1/orgs/${part(org)}/projects/${part(project)}/environments`,
  environment: (org: string, project: string, environment: string) =>
    `/api/v1/orgs/${part(org)}/projects/${part(project)}/environments/${part(environment)}`,
  scopeVariables: scopePath,
  scopeReveal: (org: string, scope: VariableScope) => `${scopePath(org, scope)}/reveal`,
  staged: (org: string, app: string) => `/api/v1/orgs/${part(org)}/apps/${part(app)}/staged`,
  activity: (org: string) => `/api/v1/orgs/${part(org)}/activity`,
  audit: (org: string) => `/api/v1/orgs/${part(org)}/audit`,
  auditChain: (org: string) => `/api/v1/orgs/${part(org)}/audit/chain`,
  auditExport: (org: string) => `/api/v1/orgs/${part(org)}/audit/export`,
  auditHead: (org: string) => `/api/v1/orgs/${part(org)}/audit/head`,
  apps: (org: string) => `/api/v1/orgs/${part(org)}/apps`,
  projectApps: (org: string, project: string) => `/api/v1/orgs/${part(org)}/projects/${part(project)}/apps`,
  app: (org: string, app: string) => `/api/v1/orgs/${part(org)}/apps/${part(app)}`,
  appAction: (org: string, app: string, action: AppAction) =>
    `/api/v1/orgs/${part(org)}/apps/${part(app)}/${action}`,
  deletion: (org: string, app: string) => `/api/v1/orgs/${part(org)}/apps/${part(app)}/deletion`,
  appEnvironments: (org: string, app: string) => `/api/v1/orgs/${part(org)}/apps/${part(app)}/environments`,
  releases: (org: string, app: string) => `/api/v1/orgs/${part(org)}/apps/${part(app)}/releases`,
  releasePin: (org: string, app: string, release: number) =>
    `/api/v1/orgs/${part(org)}/apps/${part(app)}/releases/${release}/pin`,
  replicas: (org: string, app: string) => `/api/v1/orgs/${part(org)}/apps/${part(app)}/replicas`,
  appUsage: (org: string, app: string) => `/api/v1/orgs/${part(org)}/apps/${part(app)}/metrics?since=15m`,
  workersUsage: (org: string) => `/api/v1/orgs/${part(org)}/workers/metrics`,
  traffic: (org: string, app: string) => `/api/v1/orgs/${part(org)}/apps/${part(app)}/traffic`,
  appsTraffic: (org: string, apps: readonly string[] = []) =>
    `/api/v1/orgs/${part(org)}/traffic${apps.length > 0 ? `?app=${apps.map(part).join(',')}` : ''}`,
  logDrains: (org: string, app: string) => `/api/v1/orgs/${part(org)}/apps/${part(app)}/log-drains`,
  logDrain: (org: string, app: string, id: string) =>
    `/api/v1/orgs/${part(org)}/apps/${part(app)}/log-drains/${part(id)}`,
  hooks: (org: string, app: string) => `/api/v1/orgs/${part(org)}/apps/${part(app)}/hooks`,
  hook: (org: string, app: string, id: string) => `/api/v1/orgs/${part(org)}/apps/${part(app)}/hooks/${part(id)}`,
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

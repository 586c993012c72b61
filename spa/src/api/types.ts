// The views of the REST API as the dashboard uses them. Each stands on a member of schema.gen.ts, which comes from the
// control plane's route table: a member that is renamed or removed there breaks `npm run typecheck` here.
// Which members are optional is the table's word; what a plain string may be is said here.
import type { Theme } from '@/lib/theme';

import type { components, operations } from './schema.gen';

/** Generated with some members made narrower. A change of a member that does not exist, or to what it cannot be, is an error. */
type Override<Generated, Changes extends { [K in keyof Changes]: K extends keyof Generated ? Generated[K] : never }> = {
  [K in keyof Generated]: K extends keyof Changes ? Changes[K] : Generated[K];
};

/** Members that are always sent, but that the dashboard gets along without. */
type Spare<Generated, Names extends keyof Generated> = Omit<Generated, Names> & Partial<Pick<Generated, Names>>;

interface JsonContent {
  content: { 'application/json': unknown };
}
type Json<Part extends JsonContent> = Part['content']['application/json'];
type Item<List extends { items: unknown[] }> = List['items'][number];

type GeneratedApp = Json<operations['get_orgs_by_org_apps_by_app']['responses'][200]>;
type GeneratedApps = Json<operations['get_orgs_by_org_apps']['responses'][200]>;
type GeneratedDeployment = Json<operations['get_orgs_by_org_deployments_by_deployment']['responses'][200]>;
type GeneratedFailure = NonNullable<GeneratedDeployment['failure']>;
type GeneratedReplica = Item<Json<operations['get_orgs_by_org_apps_by_app_replicas']['responses'][200]>>;
type GeneratedSession = Json<operations['get_session']['responses'][200]>;
type GeneratedWorker = Item<Json<operations['get_orgs_by_org_workers']['responses'][200]>>;
type GeneratedProblem = components['schemas']['Problem'];

export type AppState = 'empty' | 'deploying' | 'live' | 'stopped' | 'failed' | 'degraded' | 'deleting';

export type DeploymentState =
  | 'queued'
  | 'building'
  | 'built'
  | 'releasing'
  | 'live'
  | 'failed'
  | 'cancelled'
  | 'superseded';

export type Trigger =
  | 'push'
  | 'webhook'
  | 'manual'
  | 'api'
  | 'rollback'
  | 'restart'
  | 'variables'
  | 'schedule';

export type FailureStep = 'source' | 'build' | 'push' | 'place' | 'start' | 'health' | 'route';

export type ReplicaPhase = 'pending' | 'pulling' | 'starting' | 'running' | 'stopping' | 'stopped' | 'failed';

/** An organization always has a slug; people share its view and have none. */
export type Session = Override<GeneratedSession, { organization: Required<GeneratedSession['organization']>; theme: Theme | null }> & {
  /** What the person may do in the organization; roles in projects may add to it. */
  permissions?: string[];
};

export type Role = 'owner' | 'admin' | 'member' | 'viewer';

/** How people sign in here. */
export interface SignIn {
  /** Whether a provider is connected; else a setup link is the only way in. */
  ready: boolean;
  issuer: string | null;
  is_google: boolean;
}

export interface Me {
  /** null for an organization's token */
  person: { id: string; name: string; email: string | null; is_operator: boolean; disabled: boolean } | null;
  credential: {
    kind: string;
    id: string;
    expires_at: string;
    scope: string;
    projects: string[];
    fresh_until: string | null;
    second_factor: boolean;
  };
  totp_on: boolean;
}

type GeneratedMember = Item<Json<operations['get_orgs_by_org_members']['responses'][200]>>;

/** A member of an organization; the e-mail is there for who manages members. */
export type Member = Override<
  GeneratedMember,
  { role: Role; projects: Override<GeneratedMember['projects'][number], { role: Role }>[] }
>;

interface Usage {
  used: number;
  /** null: without limit */
  most: number | null;
}

export interface Organization {
  id: string;
  slug: string;
  name: string;
  /** Of the signed-in person. */
  role: Role;
  second_factor_required: boolean;
  created_at: string;
  deleted_at?: string | null;
  /** Until then a deleted one can be brought back. */
  erased_at?: string | null;
  limits?: { apps: Usage; replicas: Usage; memory_bytes: Usage; build_minutes: Usage } | null;
}

export interface Project {
  id: string;
  slug: string;
  name: string;
  apps: number;
  created_at: string;
  updated_at: string;
}

export type Page<T> = { [K in keyof GeneratedApps]: K extends 'items' ? T[] : GeneratedApps[K] };

export type Failure = Override<GeneratedFailure, { step: FailureStep }>;

/** What a switch did to the requests that came meanwhile. */
export type Receipt = Override<NonNullable<GeneratedDeployment['receipt']>, { state: 'open' | 'final' }>;

export type Deployment = Override<
  GeneratedDeployment,
  { trigger: Trigger; state: DeploymentState; failure: Failure; receipt: Receipt }
>;

export type App = Override<
  GeneratedApp,
  {
    state: AppState;
    source: Override<GeneratedApp['source'], { kind: 'git' }>;
    latest_deployment: Deployment | null;
  }
>;

export type CreateApp = Json<operations['post_orgs_by_org_apps']['requestBody']>;

export type UpdateApp = Json<operations['patch_orgs_by_org_apps_by_app']['requestBody']>;

/** What goes when an app is deleted. */
export type Deletion = Json<operations['get_orgs_by_org_apps_by_app_deletion']['responses'][200]>;

export type Release = Item<Json<operations['get_orgs_by_org_apps_by_app_releases']['responses'][200]>>;

export type Replica = Override<
  Spare<GeneratedReplica, 'placement' | 'state' | 'status_text'>,
  {
    desired: 'running' | 'stopped';
    phase: ReplicaPhase;
    health: 'unknown' | 'healthy' | 'unhealthy';
    /** What the edges do with it. */
    routing: 'none' | 'ready' | 'drain';
  }
>;

export type Variable = Item<Json<operations['get_orgs_by_org_apps_by_app_variables']['responses'][200]>>;

export type Worker = Override<
  Spare<GeneratedWorker, 'capabilities'>,
  { state: 'pending' | 'enrolled' | 'online' | 'unreachable' | 'lost' | 'revoked' | 'duplicate' }
> & {
  /** Shown when it comes; the control plane does not send it. */
  draining?: boolean;
};

export type EnrolmentToken = Json<operations['post_orgs_by_org_workers_enrolment_tokens']['responses'][201]>;

/** One event of the feed: what changed, with the ids it concerns. The route table does not describe streams. */
export interface Change {
  kind: string;
  app_id?: string | null;
  deployment_id?: string | null;
  replica_id?: string | null;
  worker_id?: string | null;
  at: string;
  data?: Record<string, unknown> | null;
}

/** RFC 9457. `errors` points into the request body with JSON pointers. The dashboard makes some itself, with less in them. */
export type Problem = Pick<GeneratedProblem, 'title' | 'status' | 'code'> &
  Partial<Pick<GeneratedProblem, 'type' | 'detail' | 'errors' | 'request_id'>>;

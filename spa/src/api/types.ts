// The views of the REST API, written from its contract. One file, so that generated types (npm run gen:api) can replace it.

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

export interface Session {
  person: { id: string; name: string };
  organization: { id: string; slug: string; name: string };
  role: string;
  expires_at: string;
  server: { version: string; apps_url_example: string; hub_url: string };
}

export interface Page<T> {
  items: T[];
  next_cursor: string | null;
}

export interface App {
  id: string;
  name: string;
  project: string;
  environment: string;
  url: string;
  state: AppState;
  source: { kind: 'git'; git_url: string; branch: string; containerfile?: string | null };
  port: number;
  health_path: string;
  desired_replicas: number;
  current_release: {
    id: string;
    number: number;
    deployment_id: string;
    commit?: string | null;
    image_digest: string;
    created_at: string;
  } | null;
  latest_deployment: Deployment | null;
  staged_changes: number;
  automatic_deploys_paused: boolean;
  created_at: string;
  updated_at: string;
  version: number;
}

export interface CreateApp {
  name: string;
  source: { git_url: string; branch?: string; containerfile?: string };
  health_path?: string;
  port?: number;
  deploy?: boolean;
}

export interface UpdateApp {
  branch?: string;
  git_url?: string;
  containerfile?: string | null;
  health_path?: string;
  port?: number;
  desired_replicas?: number;
}

export interface Failure {
  step: FailureStep;
  code: string;
  message: string;
  exit_code?: number | null;
  last_lines: string[];
  hint?: string | null;
}

export interface Deployment {
  id: string;
  app_id: string;
  app_name: string;
  number: number;
  trigger: Trigger;
  state: DeploymentState;
  source: { git_url: string; branch: string; commit?: string | null; commit_message?: string | null };
  release_number?: number | null;
  image_digest?: string | null;
  failure?: Failure | null;
  status_text: string;
  created_at: string;
  building_at?: string | null;
  built_at?: string | null;
  releasing_at?: string | null;
  live_at?: string | null;
  finished_at?: string | null;
  created_by: string;
  log_bytes: number;
  rollback_of?: number | null;
}

export interface Release {
  id: string;
  number: number;
  deployment_id: string;
  commit?: string | null;
  image_digest: string;
  created_at: string;
}

export type ReplicaPhase = 'pending' | 'pulling' | 'starting' | 'running' | 'stopping' | 'stopped' | 'failed';

export interface Replica {
  id: string;
  release_number: number;
  index: number;
  worker: string;
  desired: 'running' | 'stopped';
  phase: ReplicaPhase;
  health: 'unknown' | 'healthy' | 'unhealthy';
  /** What the edges do with it. */
  routing?: 'none' | 'ready' | 'drain';
  reason?: string | null;
  restarts: number;
  exit_code?: number | null;
  address?: string | null;
  port?: number | null;
  since: string;
  placement?: {
    worker: string;
    score: number;
    reasons: string[];
    refused: { worker: string; reason: string }[];
  } | null;
}

export interface Variable {
  name: string;
  updated_at: string;
  staged: boolean;
}

export interface Worker {
  id: string;
  name: string;
  state: 'pending' | 'enrolled' | 'online' | 'unreachable' | 'lost' | 'revoked' | 'duplicate';
  cordoned?: boolean;
  draining?: boolean;
  capabilities?: string[];
  agent_version?: string | null;
  cpus?: number | null;
  memory_bytes?: number | null;
  labels?: Record<string, string>;
  last_seen_at?: string | null;
}

export interface EnrolmentToken {
  token: string;
  expires_at: string;
  name: string;
  hub_url: string;
  ca_pin: string;
}

/** One event of the feed: what changed, with the ids it concerns. */
export interface Change {
  kind: string;
  app_id?: string | null;
  deployment_id?: string | null;
  replica_id?: string | null;
  worker_id?: string | null;
  at: string;
  data?: Record<string, unknown> | null;
}

/** RFC 9457. `errors` points into the request body with JSON pointers. */
export interface Problem {
  type?: string;
  title: string;
  status: number;
  code: string;
  detail?: string;
  errors?: { pointer: string; message: string }[];
  request_id?: string;
}

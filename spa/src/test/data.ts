import type { App, Deployment, Session } from '@/api/types';
import { permissionsOf } from '@/lib/permissions';

export const session = (): Session => ({
  person: { id: 'person-1', name: 'Operator' },
  organization: { id: 'organization-1', slug: 'home', name: 'Home' },
  role: 'owner',
  permissions: permissionsOf('owner'),
  expires_at: '2027-01-01T00:00:00.000Z',
  theme: null,
  server: { version: '0.1.0', apps_url_example: 'http://app.localhost:7080', hub_url: 'https://127.0.0.1:7071' },
});

export const deployment = (over: Partial<Deployment> = {}): Deployment => ({
  id: 'deployment-1',
  app_id: 'app-1',
  app_name: 'hello',
  number: 1,
  trigger: 'manual',
  state: 'live',
  source: {
    kind: 'git',
    git_url: 'https://git.example.com/hello.git',
    branch: 'main',
    commit: '9f3c2d71e5',
    commit_message: 'Say hello',
  },
  status_text: 'Serving on 1 replica.',
  created_at: '2026-11-21T10:00:00.000Z',
  created_by: 'Operator',
  log_bytes: 100,
  ...over,
});

export const app = (over: Partial<App> = {}): App => ({
  id: 'app-1',
  name: 'hello',
  project: 'default',
  environment: 'production',
  url: 'http://hello.localhost:7080',
  state: 'live',
  source: { kind: 'git', git_url: 'https://git.example.com/hello.git', branch: 'main' },
  port: 8080,
  health_path: '/',
  desired_replicas: 1,
  current_release: null,
  latest_deployment: null,
  staged_changes: 0,
  automatic_deploys_paused: false,
  limits: { cpu_millis: 500, memory_bytes: 268_435_456, pids: 512 },
  staged_settings: [],
  created_at: '2026-11-21T09:00:00.000Z',
  updated_at: '2026-11-21T10:00:00.000Z',
  version: 1,
  ...over,
});

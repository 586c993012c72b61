import { request, type Answer } from './http.js';
import { eventually } from './processes.js';

export interface Deployment {
  id: string;
  number: number;
  state: string;
  status_text: string;
  release_number?: number;
  image_digest?: string;
  content_hash?: string;
  log_bytes: number;
  source: { commit?: string };
  failure?: { step: string; code: string; message: string; exit_code?: number; last_lines: string[]; hint?: string };
}
export interface App {
  id: string;
  name: string;
  url: string;
  state: string;
  version: number;
  staged_changes: number;
  current_release: { number: number; deployment_id: string; commit?: string } | null;
  latest_deployment: Deployment | null;
}
export interface Replica {
  id: string;
  release_number: number;
  index: number;
  phase: string;
  health: string;
  routing: string;
  state: string;
  status_text: string;
  cause?: string;
  exit_code?: number;
  restarts: number;
  container_id?: string;
}

const final = new Set(['live', 'failed', 'cancelled', 'superseded']);

/** The REST API, signed in. Calls are tried again while the control plane is away: crash tests take it away. */
export class Api {
  private constructor(
    private readonly dashboard: string,
    private readonly cookie: string,
    readonly org: string,
  ) {}

  static async signIn(dashboard: string, setupLink: string): Promise<Api> {
    const token = new URL(setupLink).hash.slice(1);
    const answer = await request(`${dashboard}/api/v1/setup`, { method: 'POST', body: { token }, headers: { 'x-wh-csrf': '1' } });
    if (answer.status !== 200) throw new Error(`setup answered ${answer.status}: ${answer.text}`);
    const cookie = (answer.headers['set-cookie'] ?? []).map((line) => line.split(';')[0]).join('; ');
    const session = JSON.parse(answer.text) as { organization: { slug: string } };
    return new Api(dashboard, cookie, session.organization.slug);
  }

  /** What makes a request this session's. */
  get headers(): Record<string, string> {
    return { cookie: this.cookie, 'x-wh-csrf': '1' };
  }

  raw(method: string, path: string, body?: unknown, headers: Record<string, string> = {}): Promise<Answer> {
    return request(this.dashboard + path, { method, body, headers: { ...this.headers, ...headers } });
  }

  /** JSON of a good answer; anything else is an error with the problem document in it. */
  async call<T>(method: string, path: string, body?: unknown): Promise<T> {
    const answer = await this.raw(method, `/api/v1/orgs/${this.org}${path}`, body);
    if (answer.status >= 300) throw new Error(`${method} ${path} answered ${answer.status}: ${answer.text}`);
    return (answer.text ? JSON.parse(answer.text) : undefined) as T;
  }

  createApp(name: string, gitUrl: string, more: object = {}): Promise<App> {
    return this.call('POST', '/apps', { name, source: { git_url: gitUrl }, deploy: true, ...more });
  }
  app(name: string): Promise<App> {
    return this.call('GET', `/apps/${name}`);
  }
  async apps(): Promise<App[]> {
    return (await this.call<{ items: App[] }>('GET', '/apps?limit=100')).items;
  }
  deploy(name: string, body: object = {}): Promise<Deployment> {
    return this.call('POST', `/apps/${name}/deployments`, body);
  }
  deployment(id: string): Promise<Deployment> {
    return this.call('GET', `/deployments/${id}`);
  }
  async deployments(name: string): Promise<Deployment[]> {
    return (await this.call<{ items: Deployment[] }>('GET', `/apps/${name}/deployments?limit=100`)).items;
  }
  async replicas(name: string): Promise<Replica[]> {
    return (await this.call<{ items: Replica[] }>('GET', `/apps/${name}/replicas?limit=100`)).items;
  }
  async buildLog(deployment: string): Promise<{ text: string; complete: boolean }> {
    let text = '';
    for (;;) {
      const answer = await this.raw('GET', `/api/v1/orgs/${this.org}/deployments/${deployment}/log?offset=${Buffer.byteLength(text)}`);
      if (answer.status !== 200) throw new Error(`build log answered ${answer.status}: ${answer.text}`);
      text += answer.text;
      if (answer.text === '' || answer.headers['x-wh-complete'] === 'true') {
        return { text, complete: answer.headers['x-wh-complete'] === 'true' };
      }
    }
  }

  /** Waits until a deployment is in `state`, through any absence of the control plane. */
  reaches(id: string, state: string, timeoutMs = 120_000): Promise<Deployment> {
    return eventually(
      `deployment ${id} is ${state}`,
      async () => {
        const deployment = await this.deployment(id);
        return deployment.state === state ? deployment : undefined;
      },
      timeoutMs,
    );
  }
  ends(id: string, timeoutMs = 120_000): Promise<Deployment> {
    return eventually(
      `deployment ${id} ended`,
      async () => {
        const deployment = await this.deployment(id);
        return final.has(deployment.state) ? deployment : undefined;
      },
      timeoutMs,
    );
  }
  /** Deletes an app for good and waits until it is gone. */
  async remove(name: string): Promise<void> {
    const answer = await this.raw('DELETE', `/api/v1/orgs/${this.org}/apps/${name}?now=true`);
    if (answer.status === 404) return;
    await eventually(`${name} is gone`, async () => (await this.raw('GET', `/api/v1/orgs/${this.org}/apps/${name}`)).status === 404);
  }
}

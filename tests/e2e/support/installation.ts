import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { closeSync, openSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

import { Api } from './api.js';
import { request } from './http.js';
import { eventually, must, repository, run, startTime, type Ended } from './processes.js';

interface Mark {
  name: string;
  pid: number;
  start_time: number;
}

export type Part = 'supervisor' | 'control-plane' | 'agent' | 'postgres';

function variable(name: string): string {
  const value = process.env[name];
  if (!value) throw new Error(`${name} is not set: start tests with \`npx playwright test\``);
  return value;
}

/** The installation that the global setup started. */
export class Installation {
  // Read when used: the files of tests are loaded before the global setup has run.
  get home(): string {
    return variable('WH_E2E_HOME');
  }
  get offset(): number {
    return Number(variable('WH_E2E_PORT_OFFSET'));
  }

  get dashboard() {
    return `http://localhost:${7070 + this.offset}`;
  }
  get edgePort() {
    return 7080 + this.offset;
  }
  get runtime() {
    return `/run/wisehosting/${createHash('sha256').update(this.home).digest('hex').slice(0, 8)}`;
  }
  appUrl(name: string) {
    return `http://${name}.localhost:${this.edgePort}`;
  }
  get environment(): NodeJS.ProcessEnv {
    return {
      ...process.env,
      WISEHOSTING_HOME: this.home,
      WISEHOSTING_PORT_OFFSET: String(this.offset),
      WISEHOSTING_PRESET: process.env.WH_E2E_PRESET ?? 'dev',
      // The stand-in for Google listens on loopback.
      WISEHOSTING_SIGN_IN_ALLOW_PRIVATE_ISSUER: 'true',
    };
  }

  /** The path of one of the programs. */
  program(name: string): string {
    return join(repository, 'build', this.environment.WISEHOSTING_PRESET ?? 'dev', 'bin', name);
  }
  /** ./dev with arguments, e.g. `dev('wh', 'apps')`. */
  dev(...args: string[]): Promise<Ended> {
    return run(join(repository, 'dev'), args, this.environment, 300_000);
  }
  wh(...args: string[]): Promise<Ended> {
    return this.dev('wh', ...args);
  }
  async setupLink(): Promise<string> {
    const status = JSON.parse(await must(join(repository, 'dev'), ['status', '--json'], this.environment)) as { setup_link: string };
    return status.setup_link;
  }
  /** Signs in over the API. */
  async api(): Promise<Api> {
    return Api.signIn(this.dashboard, await this.setupLink());
  }

  process(name: Part): Mark | undefined {
    const { processes } = JSON.parse(readFileSync(join(this.home, 'run.json'), 'utf8')) as { processes: Mark[] };
    return processes.find((mark) => mark.name === name && startTime(mark.pid) === String(mark.start_time));
  }
  /** `kill -9`; resolves when another process of that name runs. */
  async kill(name: Exclude<Part, 'supervisor'>): Promise<void> {
    const before = await eventually(`${name} runs`, () => this.process(name));
    process.kill(before.pid, 'SIGKILL');
    await eventually(`${name} runs again`, () => {
      const now = this.process(name);
      return now && now.pid !== before.pid ? now : undefined;
    });
  }
  /** `kill -9` of one of the agent's own daemons; the agent starts it again. */
  async killDaemon(name: 'haproxy' | 'podman' | 'registry'): Promise<void> {
    const records = { haproxy: 'edge/haproxy.pid', podman: 'daemons/podman.pid', registry: 'registry/process.json' };
    const file = join(this.home, 'agent', records[name]);
    const alive = () => {
      const [pid, start] = readFileSync(file, 'utf8').split(' ');
      return pid && startTime(Number(pid)) === start ? Number(pid) : undefined;
    };
    const before = await eventually(`${name} runs`, alive);
    process.kill(before, 'SIGKILL');
    await eventually(`${name} runs again`, () => {
      const now = alive();
      return now !== undefined && now !== before;
    });
  }
  /**
   * Ends the supervisor and what it runs (containers go on), and starts it again with more environment: directly, not by
   * `./dev up`, whose own requests would pass crash points too.
   */
  async restart(extra: NodeJS.ProcessEnv = {}): Promise<void> {
    const before = this.process('supervisor');
    if (before) {
      process.kill(before.pid, 'SIGTERM');
      await eventually('the supervisor stopped', () => startTime(before.pid) !== String(before.start_time));
    }
    const log = openSync(this.supervisorLog, 'a');
    const env = { ...this.environment, ...extra };
    spawn(this.program('wh-control-plane'), ['--all-in-one', '--home', this.home], { detached: true, stdio: ['ignore', log, log], env }).unref();
    closeSync(log);
    await this.ready();
  }
  get supervisorLog(): string {
    return join(this.home, 'logs', 'supervisor.log');
  }
  /** How often a process of that name was killed, by the supervisor's account. */
  timesKilled(name: Part): number {
    const lines = readFileSync(this.supervisorLog, 'utf8').split('\n');
    return lines.filter((line) => line.includes('"process.ended"') && line.includes(`"name":"${name}"`) && line.includes('signal 9')).length;
  }
  ready(): Promise<unknown> {
    return eventually('the control plane is ready', async () => (await request(`${this.dashboard}/readyz`)).status === 200);
  }
  /** The text an app answers with, or its status. */
  async visit(name: string, path = '/'): Promise<string> {
    const answer = await request(this.appUrl(name) + path);
    return answer.status === 200 ? answer.text : `status ${answer.status}`;
  }
  /** SIGKILL to a container's first process, behind the agent's back. */
  async killContainer(id: string): Promise<void> {
    const answer = await request(`http://d/v4.0.0/libpod/containers/${id}/json`, { socketPath: join(this.runtime, 'podman.sock') });
    const { State: state } = JSON.parse(answer.text) as { State: { Pid: number } };
    process.kill(state.Pid, 'SIGKILL');
  }
  /** All containers of this installation, by Podman's own account: names and states. */
  async containers(): Promise<{ name: string; state: string; labels: Record<string, string> }[]> {
    const answer = await request('http://d/v4.0.0/libpod/containers/json?all=true', { socketPath: join(this.runtime, 'podman.sock') });
    const list = JSON.parse(answer.text) as { Names: string[]; State: string; Labels: Record<string, string> | null }[];
    return list.map((entry) => ({ name: entry.Names[0] ?? '', state: entry.State, labels: entry.Labels ?? {} }));
  }
}

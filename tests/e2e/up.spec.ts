import { existsSync, mkdtempSync, readdirSync, readFileSync, readlinkSync, rmSync } from 'node:fs';
import net from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { expect, test } from '@playwright/test';

import { request } from './support/http.js';
import { Installation } from './support/installation.js';
import { freeOffset } from './support/ports.js';
import { eventually, patient, repository, run, startTime } from './support/processes.js';

// `./dev` as a person uses it.

const installation = new Installation();

test('up ended with the sample’s URL, a setup link, what to type next, and the time by phase', async () => {
  const output = process.env.WH_E2E_UP_OUTPUT ?? '';

  expect(output).toContain(`http://hello.localhost:${installation.edgePort}`);
  expect(output).toMatch(new RegExp(`http://localhost:${7070 + installation.offset}/setup#\\S{20,}`));
  expect(output).toContain('./dev wh');
  expect(output).toMatch(/^ {2}start +\d+\.\d s$/m);
  expect(output).toMatch(/Ready in \d+\.\d s/);
  expect(await installation.visit('hello')).toContain('Hello from WiseHosting');
});

test('status --json has exactly the promised keys', async () => {
  const status = JSON.parse((await installation.dev('status', '--json')).stdout) as Record<string, unknown>;

  expect(Object.keys(status)).toEqual(['dashboard_url', 'setup_link', 'api_url', 'edge_http_url', 'hub_url', 'ca_file', 'apps', 'processes']);
  expect(status.apps).toContainEqual({ name: 'hello', url: installation.appUrl('hello'), state: 'live' });
  const processes = status.processes as { name: string; pid: number; rss_bytes: number }[];
  expect(processes.map(({ name }) => name)).toEqual(expect.arrayContaining(['supervisor', 'control-plane', 'agent', 'postgres']));
  for (const entry of processes) {
    expect(Object.keys(entry)).toEqual(['name', 'pid', 'rss_bytes']);
    expect(entry.rss_bytes).toBeGreaterThan(100_000);
  }
  expect(readFileSync(status.ca_file as string, 'utf8')).toContain('BEGIN CERTIFICATE');
});

test('a second up takes under 5 s and keeps all data', async () => {
  const api = await installation.api();
  const before = await api.app('hello');
  await installation.dev('down');

  const started = Date.now();
  const up = await installation.dev('up');

  expect(up.code, up.stdout + up.stderr).toBe(0);
  expect(Date.now() - started).toBeLessThan(patient(5_000 * (process.env.WH_E2E_PRESET === 'release' ? 1 : 2))); // sanitizers cost
  expect((await api.app('hello')).current_release).toEqual(before.current_release);
  await eventually('hello serves again', async () => (await installation.visit('hello')).includes('Hello'));
});

test('down stops everything it started and nothing else', async () => {
  const bystander = await new Promise<net.Server>((done) => {
    const server = net.createServer().listen(0, '127.0.0.1', () => done(server));
  });
  const status = JSON.parse((await installation.dev('status', '--json')).stdout) as { processes: { pid: number }[] };
  const marks = status.processes.map(({ pid }) => ({ pid, start: startTime(pid) }));

  const down = await installation.dev('down');

  expect(down.code, down.stdout + down.stderr).toBe(0);
  await nothingIsLeft(marks);
  expect(bystander.listening).toBe(true);
  bystander.close();
  expect((await installation.dev('up')).code).toBe(0);
});

test('down cleans up after a crash of everything', async () => {
  const status = JSON.parse((await installation.dev('status', '--json')).stdout) as { processes: { name: string; pid: number }[] };
  const marks = status.processes.map(({ pid }) => ({ pid, start: startTime(pid) }));
  for (const { name, pid } of status.processes) {
    if (['supervisor', 'control-plane', 'agent'].includes(name)) process.kill(pid, 'SIGKILL');
  }

  const down = await installation.dev('down');

  expect(down.code, down.stdout + down.stderr).toBe(0);
  await nothingIsLeft(marks);
  expect((await installation.dev('up')).code).toBe(0);
  await eventually('hello serves again', async () => (await installation.visit('hello')).includes('Hello'));
});

test('a port in use is named with its holder and the variable to change it', async () => {
  const home = mkdtempSync(join(tmpdir(), 'wh-e2e-second-'));

  const up = await run(join(repository, 'dev'), ['up'], { ...installation.environment, WISEHOSTING_HOME: home });

  expect(up.code).not.toBe(0);
  const text = up.stdout + up.stderr;
  expect(text).toContain(`Port ${7070 + installation.offset}`);
  expect(text).toMatch(/wh-control-plane \(pid \d+\)/);
  expect(text).toContain('WISEHOSTING_DASHBOARD_PORT');
  expect(existsSync(join(home, 'run.json')), 'nothing was half started').toBe(false);
  rmSync(home, { recursive: true });
});

/** The control groups of all installations' edges and builds. */
function controlGroups(): string[] {
  const root = existsSync('/sys/fs/cgroup/cgroup.controllers') ? '/sys/fs/cgroup' : '/sys/fs/cgroup/cpu';
  const builds = join(root, 'wisehosting');
  const installations = existsSync(builds) ? readdirSync(builds).filter((name) => /^[0-9a-f]{8}$/.test(name)) : [];
  return [...installations, ...readdirSync(root).filter((name) => name.startsWith('wh-edge-'))].sort();
}

test('a second copy with a home and ports of its own runs beside the first, and goes alone', async () => {
  const home = join(mkdtempSync(join(tmpdir(), 'wh-e2e-beside-')), 'home');
  const offset = await freeOffset();
  const env = { ...installation.environment, WISEHOSTING_HOME: home, WISEHOSTING_PORT_OFFSET: String(offset) };
  test.setTimeout(patient(240_000));
  const visit = () => request(`http://hello.localhost:${7080 + offset}/`);
  const groups = controlGroups();

  const up = await run(join(repository, 'dev'), ['up'], env, 230_000);

  expect(up.code, up.stdout + up.stderr).toBe(0);
  expect((await visit()).text).toContain('Hello from WiseHosting');
  expect(await installation.visit('hello')).toContain('Hello from WiseHosting');
  expect(controlGroups()).toHaveLength(groups.length + 2);

  const reset = await run(join(repository, 'dev'), ['reset', '--yes'], env, 60_000);

  expect(reset.code, reset.stdout + reset.stderr).toBe(0);
  expect(existsSync(home)).toBe(false);
  expect(controlGroups()).toEqual(groups);
  await expect(visit()).rejects.toThrow();
  expect(await installation.visit('hello')).toContain('Hello from WiseHosting');
  rmSync(join(home, '..'), { recursive: true });
});

test('down and reset of a home that does not exist say so', async () => {
  const env = { ...installation.environment, WISEHOSTING_HOME: join(tmpdir(), 'wh-e2e-nowhere') };

  for (const command of [['down'], ['reset', '--yes']]) {
    const ended = await run(join(repository, 'dev'), command, env);
    expect(ended.code).toBe(0);
    expect(ended.stdout).toContain('does not exist');
  }
});

test('reset leaves alone a folder that up did not make', async () => {
  const home = mkdtempSync(join(tmpdir(), 'wh-e2e-foreign-'));

  const reset = await run(join(repository, 'dev'), ['reset', '--yes'], { ...installation.environment, WISEHOSTING_HOME: home });

  expect(reset.code).not.toBe(0);
  expect(existsSync(home)).toBe(true);
  rmSync(home, { recursive: true });
});

test('worker-token prints a fresh token', async () => {
  const token = await installation.dev('worker-token', 'another');

  expect(token.code, token.stderr).toBe(0);
  expect(token.stdout.trim().length).toBeGreaterThan(30);
});

test('a job is followed by its id through the logs of control plane and agent', () => {
  const jobs = (part: string, event: string) =>
    readFileSync(join(installation.home, 'logs', `${part}.log`), 'utf8')
      .split('\n')
      .filter((line) => line.startsWith('{') && line.includes(`"${event}"`))
      .map((line) => JSON.parse(line) as { event: string; job: string; ts: string });
  const dispatched = jobs('control-plane', 'builds.dispatched');
  const finished = jobs('agent', 'link.job_finished');

  expect(dispatched.length).toBeGreaterThan(0);
  expect(finished.filter(({ job }) => dispatched.some((one) => one.job === job)).length).toBeGreaterThan(0);
});

test('the agent listens on no TCP port: it dials out', () => {
  const { pid } = installation.process('agent')!;
  const sockets = readdirSync(`/proc/${pid}/fd`).map((fd) => {
    try {
      return readlinkSync(`/proc/${pid}/fd/${fd}`).match(/^socket:\[(\d+)\]$/)?.[1];
    } catch {
      return undefined; // closed meanwhile
    }
  });
  const listening = ['tcp', 'tcp6'].flatMap((kind) =>
    readFileSync(`/proc/${pid}/net/${kind}`, 'utf8')
      .split('\n')
      .slice(1)
      .map((line) => line.trim().split(/\s+/))
      .filter((words) => words[3] === '0A')
      .map((words) => words[9]),
  );

  expect(listening.length, 'the edge and the registry listen, as programs of their own').toBeGreaterThan(0);
  expect(sockets.filter((inode) => inode && listening.includes(inode))).toEqual([]);
});

test('every thread of the running processes stands in docs/threads.md', () => {
  const text = readFileSync(join(repository, 'docs/threads.md'), 'utf8');
  for (const [part, title] of [['control-plane', 'Control plane'], ['agent', 'Agent']] as const) {
    const section = text.split('\n## ').find((one) => one.startsWith(title))!;
    const names = [...section.matchAll(/^\| `([\w-]+)` \|/gm)].map(([, name]) => new RegExp(`^${name!.replace('N', '\\d+')}$`));
    expect(names.length).toBeGreaterThan(3);
    const { pid } = installation.process(part)!;

    const running = readdirSync(`/proc/${pid}/task`).map((task) => readFileSync(`/proc/${pid}/task/${task}/comm`, 'utf8').trim());

    expect(running.filter((name) => !names.some((known) => known.test(name))), part).toEqual([]);
    expect(running).toContain(part === 'agent' ? 'logs' : 'notifier');
  }
});

test('no secret stands in any log', async () => {
  const logs = join(installation.home, 'logs');
  const link = await installation.setupLink();

  for (const file of readdirSync(logs).filter((name) => name.endsWith('.log') && !name.startsWith('dev-'))) {
    const text = readFileSync(join(logs, file), 'utf8');
    expect(text.includes(new URL(link).hash.slice(1)), file).toBe(false);
    expect(text, file).not.toMatch(/eyJ[A-Za-z0-9_-]{20,}\.eyJ/); // a JWT
  }
});

async function nothingIsLeft(marks: { pid: number; start: string }[]): Promise<void> {
  for (const { pid, start } of marks) {
    await eventually(`process ${pid} ended`, () => startTime(pid) !== start);
  }
  await expect(request(`${installation.dashboard}/healthz`)).rejects.toThrow();
  await expect(request(`http://127.0.0.1:${installation.edgePort}/`)).rejects.toThrow();
  const mounts = readFileSync('/proc/mounts', 'utf8').split('\n').filter((line) => line.includes(installation.home) || line.includes(installation.runtime));
  expect(mounts).toEqual([]);
}

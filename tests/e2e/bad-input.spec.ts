import { expect, test } from '@playwright/test';

import type { Api } from './support/api.js';
import { base, Repository, webApp } from './support/git.js';
import { Installation } from './support/installation.js';
import { eventually } from './support/processes.js';

// Part 7 of the walking skeleton: each bad input gets a clear error, and nothing is left behind.

const installation = new Installation();
let api: Api;

test.beforeAll(async () => {
  api = await installation.api();
});

const good = { Containerfile: webApp(), 'www/index.html': 'fine\n' };

interface FailingApp {
  what: string;
  files?: Record<string, string>;
  /** What the app is made from; default: the repository of `files`. */
  source?: (url: string) => { url?: string; branch?: string; containerfile?: string };
  step: string;
  /** What the error says. */
  says: RegExp;
}

const failing: FailingApp[] = [
  { what: 'repository that does not exist', source: (url) => ({ url: url.replace('.git', '-missing.git') }), step: 'source', says: /repository|not found|not exist/i },
  { what: 'branch that does not exist', source: () => ({ branch: 'missing' }), step: 'source', says: /branch|missing/i },
  { what: 'no Containerfile', files: { 'index.html': 'x\n' }, step: 'source|build', says: /Containerfile|Dockerfile/ },
  { what: 'named Containerfile that is not there', source: () => ({ containerfile: 'deploy/Containerfile' }), step: 'source|build', says: /deploy\/Containerfile/ },
  { what: 'Containerfile with an unknown instruction', files: { Containerfile: `${base}BUILD everything\n` }, step: 'build', says: /BUILD|instruction|exit/i },
  { what: 'step that fails', files: { Containerfile: `${base}RUN echo before-the-end && exit 7\n` }, step: 'build', says: /7|exit/i },
  { what: 'Containerfile that is a symlink out of the repository', files: {}, step: 'source|build', says: /symlink|link|Containerfile/i },
  { what: 'app that never listens', files: { Containerfile: `${base}CMD ["/bin/busybox", "sleep", "600"]\n` }, step: 'health', says: /8080|listen|answer|health/i },
  { what: 'app that crashes at start', files: { Containerfile: `${base}CMD ["/bin/busybox", "sh", "-c", "echo going down; exit 42"]\n` }, step: 'start|health', says: /42|exit|ended|crash/i },
  { what: 'image without a command', files: { Containerfile: 'FROM scratch\nCOPY Containerfile /x\n' }, step: 'start|build|place', says: /command|CMD|entrypoint/i },
];

for (const [index, { what, files = good, source, step, says }] of failing.entries()) {
  test(`${what}: the deployment fails with step and reason, and nothing runs`, async () => {
    const name = `bad-${index}`;
    const content = Object.keys(files).length > 0 ? files : { 'www/index.html': 'x\n' };
    const repository = await Repository.make(name, content);
    if (Object.keys(files).length === 0) await repository.link('Containerfile', '/etc/hostname');
    const { url = repository.url, branch, containerfile } = source?.(repository.url) ?? {};

    const app = await api.createApp(name, url, { source: { git_url: url, branch, containerfile } });
    const ended = await api.ends(app.latest_deployment!.id);

    expect(ended.state).toBe('failed');
    expect(ended.failure?.step).toMatch(new RegExp(`^(${step})$`));
    expect([ended.failure?.message, ended.failure?.hint, ...(ended.failure?.last_lines ?? [])].join('\n')).toMatch(says);
    await nothingRuns(name);
    const seen = await installation.wh('deployments', name);
    expect(seen.stdout).toMatch(/failed/i);
    await api.remove(name);
  });
}

test('the exit code and the last lines of a failed step are kept', async () => {
  const repository = await Repository.make('bad-exit', { Containerfile: `${base}RUN echo the-last-words && exit 7\n` });

  const app = await api.createApp('bad-exit', repository.url);
  const { failure } = await api.ends(app.latest_deployment!.id);

  expect(failure?.exit_code).toBe(7);
  expect(failure?.last_lines.join('\n')).toContain('the-last-words');
  await api.remove('bad-exit');
});

test('a failed build or health check leaves the old release serving', async () => {
  const repository = await Repository.make('steady', { ...good, 'www/index.html': 'release one\n' });
  const app = await api.createApp('steady', repository.url);
  await api.reaches(app.latest_deployment!.id, 'live');

  for (const Containerfile of [`${base}RUN exit 1\n`, `${base}CMD ["/bin/busybox", "sleep", "600"]\n`]) {
    await repository.commit('worse', { Containerfile });
    const deployment = await api.deploy('steady');
    expect((await api.ends(deployment.id)).state).toBe('failed');
    expect(await installation.visit('steady')).toContain('release one');
    expect((await api.app('steady')).current_release?.number).toBe(1);
  }
  await api.remove('steady');
});

test('a create that waits ends with an error and says why', async () => {
  const repository = await Repository.make('bad-cli', { Containerfile: `${base}RUN echo the-reason && exit 9\n` });

  const created = await installation.wh('apps', 'create', 'bad-cli', '--git', repository.url, '--deploy');

  expect(created.code).not.toBe(0);
  expect(created.stdout + created.stderr).toMatch(/build/i);
  expect(created.stdout + created.stderr).toContain('the-reason');
  await api.remove('bad-cli');
});

const badNames = ['Hello', 'my app', 'x'.repeat(300), '-x', 'x-', '1up', 'a.b', 'a/../b', 'ä', ''];
const badUrls = [
  "https://example.com/a.git'; touch canary; #",
  '-oProxyCommand=id',
  '--upload-pack=touch canary',
  'https://example.com/$(id).git',
  'https://example.com/a b.git',
  'https://example.com/a\nb.git',
  'file:///etc',
  '/etc/passwd',
  'ext::sh -c id',
  'https://user:password@example.com/a.git',
];
const badBranches = ['-x', '--upload-pack=touch canary', 'a;id', 'a b', '$(id)', 'a\nb', 'a..b', '../x', 'x'.repeat(300)];

async function refused(body: object, pointer: string): Promise<void> {
  const before = (await api.apps()).map(({ name }) => name).sort();
  const answer = await api.raw('POST', `/api/v1/orgs/${api.org}/apps`, body);

  const shown = `${JSON.stringify(body).slice(0, 120)} → ${answer.status} ${answer.text.slice(0, 400)}`;
  expect(answer.status, shown).toBeGreaterThanOrEqual(400);
  expect(answer.status, shown).toBeLessThan(500);
  expect(answer.headers['content-type'], shown).toContain('application/problem+json');
  const problem = JSON.parse(answer.text) as { code: string; errors?: { pointer: string; message: string }[] };
  expect(problem.code, shown).toBeTruthy();
  expect((problem.errors ?? []).map((error) => error.pointer), shown).toContain(pointer);
  expect((await api.apps()).map(({ name }) => name).sort()).toEqual(before);
}

test('names with capitals, spaces, 300 characters and worse are refused', async () => {
  for (const name of badNames) await refused({ name, source: { git_url: 'https://example.com/a.git' } }, '/name');
});

test('git URLs with shell characters, options and foreign schemes are refused', async () => {
  for (const url of badUrls) await refused({ name: 'good', source: { git_url: url } }, '/source/git_url');
});

test('branches with shell characters and a leading dash are refused', async () => {
  for (const branch of badBranches) {
    await refused({ name: 'good', source: { git_url: 'https://example.com/a.git', branch } }, '/source/branch');
  }
});

test('the command line says what is wrong with an input', async () => {
  const name = await installation.wh('apps', 'create', 'My App', '--git', 'https://example.com/a.git');
  const url = await installation.wh('apps', 'create', 'good', '--git', 'https://example.com/a;id');
  const branch = await installation.wh('apps', 'create', 'good', '--git', 'https://example.com/a.git', '--branch=-x');

  for (const ended of [name, url, branch]) {
    expect(ended.code).not.toBe(0);
    expect(ended.stderr.length).toBeGreaterThan(10);
    expect(ended.stderr).not.toMatch(/terminate|exception|segmentation|sanitizer/i);
  }
  expect(name.stderr).toMatch(/name/i);
  expect(url.stderr).toMatch(/url/i);
  expect(branch.stderr).toMatch(/branch/i);
});

test('two apps cannot have one name', async () => {
  const answer = await api.raw('POST', `/api/v1/orgs/${api.org}/apps`, { name: 'hello', source: { git_url: 'https://example.com/a.git' } });

  expect(answer.status).toBe(409);
});

/** No replica is meant to run, none does, and no container is left of the app. */
async function nothingRuns(name: string): Promise<void> {
  await eventually(`nothing of ${name} runs`, async () => {
    const running = (await api.replicas(name)).filter((replica) => !['stopped', 'failed'].includes(replica.phase));
    const containers = (await installation.containers()).filter((container) => JSON.stringify(container).includes(name));
    return running.length === 0 && containers.every((container) => container.state !== 'running');
  });
  expect(await installation.visit(name)).toMatch(/status (404|503)/);
}

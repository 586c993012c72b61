import { createHash, randomBytes } from 'node:crypto';
import { mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import http from 'node:http';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';

import { expect, test } from '@playwright/test';

import type { Api, Deployment } from './support/api.js';
import { Repository } from './support/git.js';
import { request, type Answer } from './support/http.js';
import { Installation } from './support/installation.js';
import { eventually } from './support/processes.js';

// Static sites from the folder to the visitor: real git, uploads, jails, registry, Podman, nginx and HAProxy.

const installation = new Installation();
let api: Api;
let folder: string;

test.beforeAll(async () => {
  api = await installation.api();
  folder = join(tmpdir(), `wh-e2e-site-${process.pid}`);
});
test.afterAll(() => rmSync(folder, { recursive: true, force: true }));

const sha256 = (bytes: Buffer | string) => createHash('sha256').update(bytes).digest('hex');
const addressOf = (path: string) => `/${path.split('/').map(encodeURIComponent).join('/')}`;
const visit = (name: string, path = '/', headers: Record<string, string> = {}): Promise<Answer> =>
  request(installation.appUrl(name) + path, { headers });

function write(files: Record<string, string | Buffer>): void {
  rmSync(folder, { recursive: true, force: true });
  for (const [path, content] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), content);
  }
}

/** `wh deploy` of the folder; the deployment that it made. */
async function send(name: string, ...more: string[]): Promise<Deployment> {
  const ended = await installation.wh('deploy', name, '--folder', folder, ...more);
  expect(ended.code, ended.stdout + ended.stderr).toBe(0);
  return (await api.app(name)).latest_deployment!;
}
async function refused(name: string): Promise<Deployment> {
  const ended = await installation.wh('deploy', name, '--folder', folder);
  expect(ended.code, ended.stdout + ended.stderr).not.toBe(0);
  return api.deployment((await api.app(name)).latest_deployment!.id);
}
const makeSite = (name: string, directory: string, gitUrl = 'upload:') =>
  api.call('POST', '/apps', { name, source: { git_url: gitUrl, static_directory: directory } });

/** Every file at its address, byte by byte. */
async function serves(name: string, files: Record<string, string | Buffer>): Promise<void> {
  for (const [path, content] of Object.entries(files)) {
    const answer = await visit(name, addressOf(path));
    expect([path, answer.status, sha256(answer.bytes)]).toEqual([path, 200, sha256(content)]);
  }
}

const odd = {
  'index.html': '<h1>one</h1>\n',
  '404.html': '<h1>not here</h1>\n',
  'a b/c d.txt': 'spaces\n',
  'ünï/日本.html': 'unicode\n',
  '100%.css': 'a { color: red }\n',
  "q'u\"o&t;e+s=~(1)!.json": '{}\n',
  empty: '',
  'deep/er/and/deeper/x.svg': '<svg xmlns="http://www.w3.org/2000/svg"/>\n',
  'random.bin': randomBytes(1 << 20),
};

test('a site of a sent folder: every file comes back byte by byte, and a rollback brings the old ones back', async () => {
  const name = 'odd-site';
  await makeSite(name, 'dist');
  const dist = (files: Record<string, string | Buffer>) =>
    // Programs make such folders, and git leaves them out.
    write({ '.gitignore': 'dist\n', '.env': 'TOKEN=not sent\n', ...Object.fromEntries(Object.entries(files).map(([path, content]) => [`dist/${path}`, content])) });

  dist({ ...odd, '.well-known/security.txt': 'Contact: mailto:x@example.com\n', '.DS_Store': 'no' });
  const first = await send(name);

  await test.step('the files, and only they', async () => {
    await serves(name, odd);
    await serves(name, { '.well-known/security.txt': 'Contact: mailto:x@example.com\n' });
    for (const path of ['/.DS_Store', '/.env', '/.git/config', '/../manifest', '/%2e%2e/manifest', '/..%2f..%2fetc/passwd', '/deep/', '/none']) {
      const answer = await request(installation.appUrl(name), { rawPath: path });
      expect([path, [400, 404].includes(answer.status)]).toEqual([path, true]);
      expect(answer.text).not.toContain('root:');
    }
    expect((await visit(name, '/none')).text).toBe(odd['404.html']);
  });

  await test.step('types, versions, and nothing that tells too much', async () => {
    const css = await visit(name, '/100%25.css');
    expect(css.headers).toMatchObject({ 'content-type': 'text/css; charset=utf-8', 'cache-control': 'no-cache', 'x-content-type-options': 'nosniff' });
    expect(css.headers.server ?? '').not.toMatch(/\d/);
    expect(css.headers['last-modified']).toBeUndefined();
    const again = await visit(name, '/100%25.css', { 'if-none-match': css.headers.etag! });
    expect([again.status, again.bytes.length]).toEqual([304, 0]);
    const redirected = await visit(name, '/a%20b');
    expect([redirected.status, redirected.headers.location]).toEqual([301, '/a%20b/']);
  });

  await test.step('the same files are the same content, however they were written', async () => {
    dist(Object.fromEntries(Object.entries({ ...odd, '.well-known/security.txt': 'Contact: mailto:x@example.com\n' }).reverse()));
    const same = await send(name);
    expect(same.content_hash).toMatch(/^[0-9a-f]{64}$/);
    expect(same.content_hash).toBe(first.content_hash);
    expect(same.source.commit).not.toBe(first.source.commit);
  });

  await test.step('another page of the same length has another version, and no visitor of the switch sees an error', async () => {
    const before = await visit(name);
    const changed = { ...odd, 'index.html': '<h1>two</h1>\n' };
    dist(changed);
    const wrong: string[] = [];
    let asked = 0;
    let stop = false;
    const ask = async () => {
      while (!stop) {
        const answer = await visit(name).catch((error: Error) => ({ status: 0, text: error.message }));
        asked += 1;
        if (answer.status !== 200 || !['<h1>one</h1>\n', '<h1>two</h1>\n'].includes(answer.text)) wrong.push(`${answer.status} ${answer.text}`);
      }
    };
    const askers = [ask(), ask()];
    const second = await send(name);
    stop = true;
    await Promise.all(askers);
    expect(wrong).toEqual([]);
    expect(asked).toBeGreaterThan(20);
    expect(second.content_hash).not.toBe(first.content_hash);
    const fresh = await visit(name, '/', { 'if-none-match': before.headers.etag! });
    expect([fresh.status, fresh.text]).toEqual([200, '<h1>two</h1>\n']);
    await serves(name, changed);
  });

  await test.step('rolled back, the old files are there to the byte', async () => {
    const back = await installation.wh('rollback', name, '--to', '1');
    expect(back.code, back.stderr).toBe(0);
    await serves(name, odd);
    expect((await api.app(name)).latest_deployment!.content_hash).toBe(first.content_hash);
    expect((await installation.wh('deployment', 'show', name)).stdout).toContain(`sha256:${first.content_hash}`);
  });
  await api.remove(name);
});

test('a site of a repository runs as nobody, also with a root that cannot be written', async () => {
  const name = 'git-site';
  const repository = await Repository.make(name, { 'public/index.html': 'from git\n', Dockerfile: 'FROM nothing:1\n' });
  await makeSite(name, 'public', repository.url);
  await api.call('PATCH', `/apps/${name}`, { limits: { read_only: true, memory_bytes: 33_554_432 } });

  const deployment = await api.reaches((await api.deploy(name)).id, 'live');

  expect(await installation.visit(name)).toBe('from git\n');
  expect((await api.buildLog(deployment.id)).text).toContain(`content sha256:${deployment.content_hash}`);
  const [replica] = await api.replicas(name);
  const inspected = JSON.parse(
    (await request(`http://d/v4.0.0/libpod/containers/${replica!.container_id}/json`, { socketPath: join(installation.runtime, 'podman.sock') })).text,
  ) as { Config: { User: string; StopSignal: number | string }; State: { Pid: number }; HostConfig: { ReadonlyRootfs: boolean } };
  expect(inspected.Config.User).toBe('65534:65534');
  expect([3, 'SIGQUIT']).toContain(inspected.Config.StopSignal);
  const { Pid: init } = inspected.State;
  const [server] = readFileSync(`/proc/${init}/task/${init}/children`, 'utf8').trim().split(' ');
  const status = readFileSync(`/proc/${server}/status`, 'utf8');
  expect(status).toMatch(/^Name:\s+nginx$/m);
  for (const set of ['CapInh', 'CapPrm', 'CapEff', 'CapAmb']) expect(status).toMatch(new RegExp(`^${set}:\\s+0+$`, 'm'));
  expect(status).toMatch(/^NoNewPrivs:\s+1$/m);
  expect(inspected.HostConfig.ReadonlyRootfs).toBe(true);
  await api.remove(name);
});

test('secrets and links are refused by name, and the old site goes on', async () => {
  const name = 'refusing-site';
  await makeSite(name, '.');
  write({ 'index.html': 'well\n' });
  await send(name);

  const cases: [Record<string, string>, () => void, string, string][] = [
    [{ 'index.html': 'x', 'conf/.env': 'TOKEN=x\n' }, () => {}, 'source.site_secret', 'conf/.env'],
    [{ 'index.html': 'x', 'server.txt': '-----BEGIN PRIVATE KEY-----\nx\n' }, () => {}, 'source.site_secret', 'server.txt'],
    [{ 'index.html': 'x' }, () => symlinkSync('index.html', join(folder, 'linked.html')), 'source.site_link', 'linked.html'],
  ];
  for (const [files, more, code, file] of cases) {
    write(files);
    more();
    const failed = await refused(name);
    expect(failed.failure).toMatchObject({ step: 'source', code });
    expect(failed.failure?.message).toContain(file);
    expect(await installation.visit(name)).toBe('well\n');
  }
  for (const directory of ['..', '/etc', 'a/../..', 'a\nb']) {
    const answer = await api.raw('PATCH', `/api/v1/orgs/${api.org}/apps/${name}`, { static_directory: directory });
    expect([directory, answer.status]).toEqual([directory, 422]);
  }
  await api.remove(name);
});

/** Sends the first half of a part and cuts the connection; resolves when it is cut. */
function cutInTheMiddle(path: string, cookie: Record<string, string>, body: Buffer): Promise<void> {
  const { port } = new URL(installation.dashboard);
  return new Promise((done) => {
    const headers = { ...cookie, 'content-type': 'application/octet-stream', 'content-length': String(body.length) };
    const outgoing = http.request({ host: '127.0.0.1', port, path, method: 'PUT', headers });
    outgoing.on('error', () => done());
    outgoing.on('close', () => done());
    outgoing.write(body.subarray(0, body.length / 2), () => outgoing.destroy());
  });
}

test('an upload that is interrupted leaves no live site, and the old one serves', async () => {
  const name = 'cut-site';
  await makeSite(name, '.');
  const uploads = `/api/v1/orgs/${api.org}/apps/${name}/uploads`;
  const bytes = randomBytes(300_000);
  const begin = async () =>
    JSON.parse((await api.raw('POST', uploads, { sha256: sha256(bytes), bytes: bytes.length })).text) as { id: string; received: number };

  await test.step('of a new app: nothing is live', async () => {
    const { id } = await begin();
    await cutInTheMiddle(`${uploads}/${id}/parts/0`, api.headers, bytes);
    expect((await api.raw('POST', `${uploads}/${id}/complete`)).status).toBe(409);
    expect((await api.raw('POST', `/api/v1/orgs/${api.org}/apps/${name}/deployments`, { upload: id })).status).toBe(409);
    expect(await installation.visit(name)).toMatch(/^status (404|503)/);
    expect((await api.app(name)).current_release ?? null).toBeNull();
  });

  await test.step('of an app with a site, and the control plane killed before the deployment: the old one serves', async () => {
    write({ 'index.html': 'old\n' });
    const old = await send(name);
    const { id } = await begin();
    expect((await api.raw('PUT', `${uploads}/${id}/parts/0`, bytes)).status).toBe(200);
    await installation.kill('control-plane');
    await installation.ready();
    expect(await installation.visit(name)).toBe('old\n');
    // All bytes arrived, but they are no archive: it cannot be completed, and so never be deployed.
    const completed = await eventually('an answer', async () => {
      const answer = await api.raw('POST', `${uploads}/${id}/complete`);
      return answer.status < 500 ? answer : undefined;
    });
    expect(completed.status).toBe(422);
    expect((await api.raw('POST', `/api/v1/orgs/${api.org}/apps/${name}/deployments`, { upload: id })).status).toBe(409);
    expect((await api.app(name)).latest_deployment!.id).toBe(old.id);
    expect(await installation.visit(name)).toBe('old\n');
  });
  await api.remove(name);
});

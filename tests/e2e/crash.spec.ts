import { expect, test } from '@playwright/test';

import type { Api, Deployment } from './support/api.js';
import { base, Repository, webApp } from './support/git.js';
import { Installation, type Part } from './support/installation.js';
import { eventually } from './support/processes.js';

// "kill -9 of control plane or agent in the middle of a build and of a release: after restart the deploy converges, one
// release is live, the build log is whole."

const installation = new Installation();
const lines = 60;
let api: Api;

test.beforeAll(async () => {
  api = await installation.api();
});

/** A build that takes some 4 s and writes numbered lines, and a page that says `text`. */
const slowBuild = (text: string) => ({
  Containerfile: webApp(`RUN i=0; while [ $i -lt ${lines} ]; do echo "line-$i-end"; sleep 0.05; i=$((i + 1)); done; echo ${text}\n`),
  'www/index.html': `${text}\n`,
});

/** An app that needs some 4 s before it listens. */
const slowStart = (text: string) => ({
  Containerfile: `${base}COPY www /www\nCMD ["/bin/busybox", "sh", "-c", "sleep 4; exec /bin/busybox httpd -f -p $PORT -h /www"]\n`,
  'www/index.html': `${text}\n`,
});

/** The deployment went live, alone: one release, one healthy replica, one running container, the right page. */
async function converged(name: string, deployment: Deployment, text: string): Promise<void> {
  const ended = await api.ends(deployment.id, 150_000);
  expect(ended.state, JSON.stringify(ended.failure)).toBe('live');
  await eventually(`${name} serves ${text}`, async () => (await installation.visit(name)).includes(text));
  await eventually(`one replica of ${name}`, async () => {
    const running = (await api.replicas(name)).filter((replica) => replica.phase === 'running');
    return running.length === 1 && running[0]?.health === 'healthy' && running[0].release_number === ended.release_number;
  });
  const app = await api.app(name);
  expect(app.state).toBe('live');
  expect(app.current_release?.deployment_id).toBe(deployment.id);
  const live = (await api.deployments(name)).filter(({ state }) => state === 'live');
  expect(live.map(({ id }) => id)).toEqual([deployment.id]);
}

for (const part of ['control-plane', 'agent'] as const) {
  test(`kill -9 of the ${part} in the middle of a build`, async () => {
    const name = `midbuild-${part}`;
    const repository = await Repository.make(name, slowBuild('built'));
    const app = await api.createApp(name, repository.url);
    const deployment = app.latest_deployment!;
    await eventually('the build writes', async () => (await api.buildLog(deployment.id)).text.includes('line-10-end'));

    await installation.kill(part);

    await converged(name, deployment, 'built');
    const log = await eventually('the whole log', async () => {
      const read = await api.buildLog(deployment.id);
      return read.complete ? read.text : undefined;
    });
    // A killed agent builds again, marked in the log; what was acknowledged before stays in it.
    const finalRun = part === 'agent' ? log.slice(log.lastIndexOf('line-0-end')) : log;
    const seen = [...finalRun.matchAll(/^.*?line-(\d+)-end$/gm)].map((found) => Number(found[1]));
    expect(seen).toEqual([...Array(lines).keys()]);
    expect(log).toContain('line-10-end');
    const again = log.match(/^==> .*\(attempt 2\)\.$|^.*Attempt 2: the worker's agent was restarted; the build begins again.*$/gm) ?? [];
    expect(again).toHaveLength(part === 'agent' ? 2 : 0);
    if (part === 'agent') expect(log.indexOf(again[1]!)).toBeLessThan(log.lastIndexOf('line-0-end'));
    await api.remove(name);
  });

  test(`kill -9 of the ${part} in the middle of a release`, async () => {
    const name = `midrelease-${part}`;
    const repository = await Repository.make(name, { Containerfile: webApp(), 'www/index.html': 'old\n' });
    const first = (await api.createApp(name, repository.url)).latest_deployment!;
    await api.reaches(first.id, 'live');
    await repository.commit('slow', slowStart('new'));
    const deployment = await api.deploy(name);
    await api.reaches(deployment.id, 'releasing');
    await eventually('the new replica starts', async () => {
      return (await api.replicas(name)).some((replica) => replica.release_number === 2 && ['starting', 'running'].includes(replica.phase));
    });

    await installation.kill(part);

    expect(await installation.visit(name), 'the old release serves meanwhile').toContain('old');
    await converged(name, deployment, 'new');
    await api.remove(name);
  });
}

test('kill -9 of the database in the middle of a build', async () => {
  const repository = await Repository.make('midbuild-db', slowBuild('built'));
  const deployment = (await api.createApp('midbuild-db', repository.url)).latest_deployment!;
  await eventually('the build writes', async () => (await api.buildLog(deployment.id)).text.includes('line-5-end'));

  await installation.kill('postgres');

  await converged('midbuild-db', deployment, 'built');
  await api.remove('midbuild-db');
});

test('apps serve while control plane and agent are away', async () => {
  const before = installation.process('supervisor')!;
  process.kill(before.pid, 'SIGTERM');
  await eventually('the supervisor stopped', () => installation.process('supervisor') === undefined);

  expect(await installation.visit('hello')).toContain('Hello from WiseHosting');

  await installation.restart();
  expect(await installation.visit('hello')).toContain('Hello from WiseHosting');
});

/** One of each kind; `./dev test crash` walks through all of them, with every part as the victim (tests/chaos). */
const points: { name: string; part: Part }[] = [
  { name: 'api.before_commit', part: 'control-plane' },
  { name: 'build.pushed', part: 'agent' },
  { name: 'edge.rendered', part: 'agent' },
  { name: 'hub.result.committed', part: 'control-plane' },
  { name: 'link.job.finished', part: 'agent' },
  { name: 'replica.created', part: 'agent' },
  { name: 'rollout.promoted', part: 'control-plane' },
];

test('a process that dies at a crash point of a deploy comes back, and the deploy converges', async () => {
  test.setTimeout(120_000 + points.length * 60_000);
  const repository = await Repository.make('everywhere', { Containerfile: webApp(), 'www/index.html': 'start\n' });
  await api.reaches((await api.createApp('everywhere', repository.url)).latest_deployment!.id, 'live');
  const notReached: string[] = [];

  for (const { name, part } of points) {
    await test.step(`${part} dies at ${name}`, async () => {
      const text = `after-${name}`;
      await repository.commit(text, { 'www/index.html': `${text}\n` });
      const killed = installation.timesKilled(part);
      await installation.restart({ WH_CRASH_AT: name });
      const key = `crash-${name}-${Date.now()}`;
      const deployment = await eventually('the deployment is accepted', async () => {
        const answer = await api.raw('POST', `/api/v1/orgs/${api.org}/apps/everywhere/deployments`, {}, { 'idempotency-key': key });
        return answer.status === 202 ? (JSON.parse(answer.text) as Deployment) : undefined;
      });
      await converged('everywhere', deployment, text);
      if (installation.timesKilled(part) === killed) notReached.push(name);
    });
  }

  expect(notReached).toEqual([]);
  await installation.restart();
  await api.remove('everywhere');
});

import { expect, test } from '@playwright/test';

import type { Api, Deployment, Replica } from './support/api.js';
import { base, Repository, webApp } from './support/git.js';
import { Installation } from './support/installation.js';
import { eventually, patient } from './support/processes.js';

// Rows of the table of interleavings where real parts matter (the others: tests/unit/deployments/interleavings_test.cpp),
// and what people see of rollouts.

const installation = new Installation();
let api: Api;

test.beforeAll(async () => {
  api = await installation.api();
});

async function live(name: string, files: Record<string, string>): Promise<Repository> {
  const repository = await Repository.make(name, files);
  const app = await api.createApp(name, repository.url);
  await api.reaches(app.latest_deployment!.id, 'live');
  return repository;
}
const page = (text: string) => ({ Containerfile: webApp(), 'www/index.html': `${text}\n` });
/** Listens after a while, so that there is a middle of a rollout. */
const slowPage = (text: string) => ({
  Containerfile: `${base}COPY www /www\nCMD ["/bin/busybox", "sh", "-c", "sleep 2; exec /bin/busybox httpd -f -p $PORT -h /www"]\n`,
  'www/index.html': `${text}\n`,
});
const scale = (name: string, replicas: number) => api.call('PATCH', `/apps/${name}`, { desired_replicas: replicas });
const healthy = (replica: Replica) => replica.state === 'healthy' && replica.routing === 'ready';

/** Exactly so many replicas, all serving, and Podman runs just their containers. */
async function settled(name: string, count: number): Promise<Replica[]> {
  return eventually(`${name} has ${count} replicas`, async () => {
    const replicas = await api.replicas(name);
    if (replicas.length !== count || !replicas.every(healthy)) return undefined;
    const ids = new Set(replicas.map(({ id }) => id));
    const running = (await installation.containers()).filter(({ labels }) => ids.has(labels['wh.replica'] ?? ''));
    return running.length === count && running.every(({ state }) => state === 'running') ? replicas : undefined;
  });
}

/** Asks the app without a pause until `work` is done; what came that was none of `texts`. */
async function underLoad(name: string, texts: string[], work: () => Promise<unknown>): Promise<{ asked: number; wrong: string[] }> {
  const wrong: string[] = [];
  let asked = 0;
  let stop = false;
  const ask = async () => {
    while (!stop) {
      const answer = await installation.visit(name).catch((error: Error) => error.message);
      asked += 1;
      if (!texts.includes(answer)) wrong.push(answer);
    }
  };
  const askers = [ask(), ask()];
  await work();
  stop = true;
  await Promise.all(askers);
  return { asked, wrong };
}

test('scales from one to three and back, and a rollout of three drops no request', async () => {
  const name = 'scaled';
  const repository = await live(name, page('one'));

  await scale(name, 3);
  const three = await settled(name, 3);
  expect(three.map(({ index }) => index).sort()).toEqual([0, 1, 2]);
  await repository.commit('two', page('two'));
  const seen = await underLoad(name, ['one\n', 'two\n'], async () => {
    await api.reaches((await api.deploy(name)).id, 'live');
    expect(await installation.visit(name)).toBe('two\n');
    await settled(name, 3);
  });
  expect(seen.wrong).toEqual([]);
  expect(seen.asked).toBeGreaterThan(20);

  await scale(name, 1);
  await settled(name, 1);
  await api.remove(name);
});

/**
 * A page that takes 3 s, and a first process that works for another second when it is told to end, each with a line of the
 * log. The server itself is a child, so that it goes on answering.
 */
const leisurely = (text: string) => ({
  Containerfile: `${base}COPY run /run.sh\nCOPY www /www\nRUN chmod 755 /run.sh /www/cgi-bin/slow\nCMD ["/run.sh"]\n`,
  run: `#!/bin/busybox sh
mkfifo /tmp/lines
trap 'echo told to end; sleep 1; echo ended by itself; exit 0' TERM
httpd -p "$PORT" -h /www
exec 3<>/tmp/lines
while :; do read -r line <&3 && echo "$line"; done
`,
  'www/cgi-bin/slow': `#!/bin/busybox sh\necho slow began > /tmp/lines\nsleep 3\necho slow answered > /tmp/lines\nprintf 'Content-Type: text/plain\\r\\n\\r\\nslowly ${text}\\n'\n`,
  'www/index.html': `${text}\n`,
});
const receiptOf = async (deployment: Deployment) => (await api.call<{ receipt?: Receipt }>('GET', `/deployments/${deployment.id}`)).receipt;
interface Receipt {
  state: string;
  complete: boolean;
  requests_old: number;
  requests_new: number;
  failed: number;
  errors: Record<string, number>;
}

test('a replica is replaced when its slow request is answered, ends by itself, and the receipt counts the same everywhere', async ({ page }) => {
  const name = 'leisurely';
  const repository = await live(name, leisurely('old'));
  const [old] = await settled(name, 1);
  await repository.commit('new', leisurely('new'));
  let slow: Promise<string> | undefined;

  const deployment = await api.deploy(name);
  await api.reaches(deployment.id, 'releasing');
  const seen = await underLoad(name, ['old\n', 'new\n'], async () => {
    // The new replica is on its way: the old one serves for less than the 3 s to come.
    await eventually('the new replica starts', async () => (await api.replicas(name)).some(({ release_number: release }) => release === 2));
    slow = installation.visit(name, '/cgi-bin/slow');
    await api.reaches(deployment.id, 'live');
    await settled(name, 1);
  });

  expect(await slow).toBe('slowly old\n');
  expect(seen.wrong).toEqual([]);
  const printed = async () => (await api.raw('GET', `/api/v1/orgs/${api.org}/apps/${name}/logs?tail=all&replica=${old!.id}`)).text.split('\n');
  await eventually('its log is whole', async () => (await printed()).includes('ended by itself'));
  expect((await printed()).filter((line) => line !== '')).toEqual(['slow began', 'slow answered', 'told to end', 'ended by itself']);

  await page.goto(await installation.setupLink());
  await expect(page.getByRole('heading', { name: 'Overview' })).toBeVisible();
  await page.goto(`${installation.dashboard}/apps/${name}/deployments/${deployment.id}`);
  const receipt = await eventually('it is counted', async () => {
    const [one, two] = [await receiptOf(deployment), await receiptOf(deployment)];
    return one && JSON.stringify(one) === JSON.stringify(two) ? one : undefined;
  });
  expect(receipt).toMatchObject({ complete: true, failed: 0, errors: { connect: 0, response: 0, unserved: 0, cut: 0, app: 0 } });
  expect(receipt.requests_old).toBeGreaterThan(0);
  expect(receipt.requests_new).toBeGreaterThan(0);
  expect(receipt.requests_old + receipt.requests_new).toBeLessThanOrEqual(seen.asked + 1);
  const { requests_old: byOld, requests_new: byNew } = receipt;
  const words = await installation.wh('deployment', 'show', `${name}/2`);
  expect(words.stdout).toContain(`${byOld + byNew} requests (${byOld} old, ${byNew} new), 0 failed`);
  const count = (n: number) => n.toLocaleString('en').replaceAll(',', '\u202f');
  const panel = page.getByRole('region', { name: 'Receipt' });
  await expect(panel).toContainText(`${count(byOld)} by the old release, ${count(byNew)} by the new`);
  await expect(panel).toContainText('No request failed');
  await api.remove(name);
});

test('a container that is killed behind its back is replaced within three seconds', async () => {
  const name = 'killed';
  await live(name, page('here'));
  const [before] = await settled(name, 1);

  await installation.killContainer(before!.container_id!);
  const killed = Date.now();
  await eventually(`${name} is back`, async () => {
    const [now] = await api.replicas(name);
    return now?.container_id !== before!.container_id && now?.state === 'healthy';
  });

  expect(Date.now() - killed).toBeLessThan(patient(3_000));
  await settled(name, 1);
  await api.remove(name);
});

test('an app that needs more memory than it may have says so', async () => {
  const name = 'greedy';
  const repository = await live(name, page('small'));
  await api.call('PATCH', `/apps/${name}`, { limits: { memory_bytes: 33_554_432 } });
  await repository.commit('greedy', { Containerfile: `${base}CMD ["/bin/busybox", "sh", "-c", "exec /bin/busybox tail /dev/zero"]\n` });

  const failed = await api.ends((await api.deploy(name)).id);

  expect(failed.state).toBe('failed');
  expect(failed.failure).toMatchObject({ step: 'start', code: 'app_out_of_memory', exit_code: 137 });
  expect(failed.failure?.message).toContain('ran out of memory (its limit is 32 MB)');
  expect(await installation.visit(name)).toBe('small\n');
  await api.remove(name);
});

/** The rollout of a new release, from two replicas of the old one. */
async function begun(name: string): Promise<{ repository: Repository; deployment: Deployment }> {
  const repository = await live(name, slowPage('old'));
  await scale(name, 2);
  await settled(name, 2);
  await repository.commit('new', slowPage('new'));
  return { repository, deployment: await api.deploy(name) };
}

/** A rollout of two replicas, disturbed when its first new replica is being started. */
async function disturbed(name: string, disturb: () => Promise<unknown>): Promise<Deployment> {
  const { deployment } = await begun(name);
  await eventually('the new replica starts', async () => {
    return (await api.replicas(name)).some((replica) => replica.release_number === 2 && ['starting', 'running'].includes(replica.phase));
  });
  await disturb();
  return api.ends(deployment.id, 150_000);
}

for (const daemon of ['haproxy', 'podman', 'registry'] as const) {
  test(`${daemon} killed in mid-rollout: it goes on to the end`, async () => {
    const name = `mid-${daemon}`;
    const ended = await disturbed(name, () => installation.killDaemon(daemon));
    expect(ended.state, JSON.stringify(ended.failure)).toBe('live');
    await settled(name, 2);
    expect(await installation.visit(name)).toBe('new\n');
    await api.remove(name);
  });
}

test('database killed in mid-rollout: it goes on to the end, and the old release serves meanwhile', async () => {
  const name = 'mid-database';
  const ended = await disturbed(name, async () => {
    const seen = await underLoad(name, ['old\n', 'new\n'], () => installation.kill('postgres'));
    expect(seen.wrong).toEqual([]);
  });
  expect(ended.state, JSON.stringify(ended.failure)).toBe('live');
  await settled(name, 2);
  await api.remove(name);
});

test('cancelled in mid-rollout: the old release is whole again without a dropped request', async () => {
  const name = 'mid-cancel';
  const { deployment } = await begun(name);
  const seen = await underLoad(name, ['old\n', 'new\n'], async () => {
    await eventually('one of two is new', async () => (await api.replicas(name)).some((r) => r.release_number === 2 && healthy(r)));
    await api.call('POST', `/deployments/${deployment.id}/cancel`);
    await api.reaches(deployment.id, 'cancelled');
    await settled(name, 2);
  });
  expect(seen.wrong).toEqual([]);
  expect((await api.replicas(name)).every(({ release_number: release }) => release === 1)).toBe(true);
  await api.remove(name);
});

test('scaled in mid-rollout: as many of the new release as asked for last, without a dropped request', async () => {
  const name = 'mid-scale';
  const ended = await disturbed(name, async () => {
    const seen = await underLoad(name, ['old\n', 'new\n'], async () => {
      await scale(name, 3);
      const three = await settled(name, 3);
      expect(three.every(({ release_number: release }) => release === 2)).toBe(true);
    });
    expect(seen.wrong).toEqual([]);
  });
  expect(ended.state, JSON.stringify(ended.failure)).toBe('live');
  await api.remove(name);
});

test('a newer commit in mid-rollout: the newest serves in the end, and no request is dropped on the way', async () => {
  const name = 'mid-push';
  const { repository, deployment: first } = await begun(name);
  const seen = await underLoad(name, ['old\n', 'new\n', 'newest\n'], async () => {
    await eventually('one of two is new', async () => (await api.replicas(name)).some((r) => r.release_number === 2 && healthy(r)));
    await repository.commit('newest', slowPage('newest'));
    const second = await api.deploy(name);
    await api.reaches(second.id, 'live');
    await settled(name, 2);
    expect(await installation.visit(name)).toBe('newest\n');
  });
  expect(seen.wrong).toEqual([]);
  expect(['superseded', 'live']).toContain((await api.ends(first.id, 10_000)).state);
  await api.remove(name);
});

test('deleted in mid-rollout and brought back: the old release serves again', async () => {
  const name = 'mid-delete';
  const repository = await live(name, slowPage('old'));
  await repository.commit('new', slowPage('new'));
  const deployment = await api.deploy(name);
  await api.reaches(deployment.id, 'releasing');

  await api.call('DELETE', `/apps/${name}`);
  await api.reaches(deployment.id, 'cancelled');
  await eventually('nothing of it runs', async () => (await api.replicas(name)).length === 0);
  expect(await installation.visit(name)).toMatch(/^status 503/);
  await api.call('POST', `/apps/${name}/undo`);

  await settled(name, 1);
  await eventually('it answers', async () => (await installation.visit(name)) === 'old\n');
  await api.remove(name);
});

test('a crash loop is seen as one, with its exit in words', async () => {
  const name = 'looping';
  const repository = await live(name, page('well'));
  await repository.commit('looping', {
    Containerfile: `${base}COPY www /www\nCMD ["/bin/busybox", "sh", "-c", "/bin/busybox httpd -p $PORT -h /www; sleep 4; kill -SEGV $$"]\n`,
  });
  // It is healthy for some seconds, long enough to go live, and crashes then.
  await api.reaches((await api.deploy(name)).id, 'live');

  const looping = await eventually('it is seen as a loop', async () => {
    return (await api.replicas(name)).find(({ release_number: release, state }) => release === 2 && state === 'crash-looping');
  });

  expect(looping).toMatchObject({ cause: 'exit', exit_code: 139 });
  expect(looping.status_text).toMatch(/SIGSEGV.*Starts again at/);
  await api.remove(name);
});

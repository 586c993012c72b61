import { expect, test } from '@playwright/test';

import { Repository, webApp } from './support/git.js';
import { Installation } from './support/installation.js';
import { eventually } from './support/processes.js';

const installation = new Installation();

/** A page made at start from a variable, so that a restart shows its new value. */
const greeter = `FROM localhost/wisehosting/busybox:1
COPY www /www
CMD ["/bin/busybox", "sh", "-c", "echo ready on $PORT; mkdir -p /tmp/www; echo hello $GREETING > /tmp/www/index.html; exec /bin/busybox httpd -f -p $PORT -h /tmp/www"]
`;

async function good(...args: string[]): Promise<string> {
  const ended = await installation.wh(...args);
  expect(ended.code, `wh ${args.join(' ')}\n${ended.stdout}\n${ended.stderr}`).toBe(0);
  return ended.stdout;
}

test('an app lives its whole life on the command line', async () => {
  const repository = await Repository.make('greeter', { Containerfile: greeter, 'www/x': 'x\n' });

  await test.step('create and deploy', async () => {
    await good('apps', 'create', 'greeter', '--git', repository.url, '--deploy');
    expect(await installation.visit('greeter')).toContain('hello');
    expect(await good('apps')).toMatch(/greeter/);
    expect(await good('ps', 'greeter')).toMatch(/running|healthy/i);
  });

  await test.step('variables are staged and applied by a restart, without a build', async () => {
    await good('env', 'greeter', 'set', 'GREETING=world');
    expect(await installation.visit('greeter')).not.toContain('world');
    expect(await good('env', 'greeter', 'list')).toMatch(/GREETING/);
    await good('restart', 'greeter');
    expect(await installation.visit('greeter')).toContain('hello world');
  });

  await test.step('logs of the build and of the app', async () => {
    // The latest deployment built nothing; the first one did.
    expect(await good('logs', 'greeter', '--build', 'greeter/1')).toContain('COPY www /www');
    await expect.poll(() => good('logs', 'greeter'), { timeout: 60_000 }).toContain('ready on');
  });

  await test.step('redeploy and roll back', async () => {
    await repository.commit('two', { Containerfile: greeter.replace('echo hello', 'echo goodbye') });
    await good('deploy', 'greeter');
    expect(await installation.visit('greeter')).toContain('goodbye world');
    await good('rollback', 'greeter');
    expect(await installation.visit('greeter')).toContain('hello world');
  });

  await test.step('stop and start', async () => {
    await good('stop', 'greeter');
    await eventually('greeter is stopped', async () => (await installation.visit('greeter')).startsWith('status 5'));
    await good('start', 'greeter');
    await eventually('greeter is back', async () => (await installation.visit('greeter')).includes('hello world'));
  });

  await test.step('delete, and undo', async () => {
    await good('delete', 'greeter', '--yes');
    await eventually('greeter is stopped', async () => (await installation.visit('greeter')).startsWith('status 5'));
    expect(await good('apps', 'show', 'greeter')).toMatch(/wh undo greeter/);
    await good('undo', 'greeter');
    await eventually('greeter is back', async () => (await installation.visit('greeter')).includes('hello world'));
  });

  await test.step('delete for good leaves nothing', async () => {
    await good('delete', 'greeter', '--yes', '--now');
    await eventually('the app is gone', async () => !(await good('apps')).includes('greeter'));
    await eventually('its containers are gone', async () => {
      return (await installation.containers()).every((container) => !JSON.stringify(container).includes('greeter'));
    });
  });
});

test('--json is JSON, and a missing app is an error on the error stream', async () => {
  const apps = JSON.parse(await good('apps', '--json')) as unknown;
  expect(apps).toBeTruthy();

  const missing = await installation.wh('apps', 'show', 'no-such-app', '--json');

  expect(missing.code).not.toBe(0);
  expect(missing.stderr).toMatch(/no-such-app|does not exist/);
});

test('a redeploy drops no request', async () => {
  const repository = await Repository.make('steady-load', { Containerfile: webApp(), 'www/index.html': 'one\n' });
  await good('apps', 'create', 'steady-load', '--git', repository.url, '--deploy');
  await repository.commit('two', { 'www/index.html': 'two\n' });
  const answers: string[] = [];
  let stop = false;
  const load = (async () => {
    while (!stop) answers.push(await installation.visit('steady-load').catch((error: Error) => error.message));
  })();

  await good('deploy', 'steady-load');

  stop = true;
  await load;
  expect(answers.filter((text) => !['one\n', 'two\n'].includes(text))).toEqual([]);
  expect(answers.at(-1)).toBe('two\n');
  await good('delete', 'steady-load', '--yes', '--now');
});

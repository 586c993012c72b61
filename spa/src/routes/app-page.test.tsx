import { screen, waitFor, within } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { http, HttpResponse } from 'msw';
import { beforeEach, describe, expect, it } from 'vitest';

import { paths } from '@/api/paths';
import type { App, Replica } from '@/api/types';
import { axeFindings } from '@/test/axe';
import { app, deployment } from '@/test/data';
import { renderApp } from '@/test/render-app';
import { get, page, post, problem, server } from '@/test/server';

// What the router fetches when it is wanted is here already: a busy machine takes long to read it.
import './app-layout';
import './app-overview';
import './deployment-page';

const at = '2026-11-21T10:00:00.000Z';
const release = (number: number) => ({
  id: `release-${number}`,
  number,
  deployment_id: `deployment-${number}`,
  commit: '9f3c2d71e5',
  image_digest: `sha256:${'ab'.repeat(32)}`,
  created_at: at,
  pinned: false,
  image_removed: false,
});
const replica: Replica = {
  id: 'replica-1',
  release_number: 2,
  index: 0,
  worker: 'local',
  desired: 'running',
  phase: 'running',
  health: 'healthy',
  routing: 'ready',
  restarts: 0,
  address: '127.0.0.1',
  port: 20000,
  since: at,
  placement: { worker: 'local', score: 80, reasons: ['has the image'], refused: [{ worker: 'rack-7', reason: 'cordoned' }] },
};
function serve(over: Partial<App> = {}): void {
  const shown = app({ current_release: release(2), latest_deployment: deployment({ number: 2, id: 'deployment-2' }), ...over });
  server.use(
    get(paths.app('home', 'hello'), () => shown),
    get(paths.apps('home'), () => page([shown])),
    get(paths.appAction('home', 'hello', 'deployments'), () => page([deployment({ number: 2, id: 'deployment-2' })])),
    get(paths.replicas('home', 'hello'), () => page([replica])),
    get(paths.deletion('home', 'hello'), () => ({
      app: 'hello',
      url: shown.url,
      replicas: 1,
      deployments: 4,
      releases: 2,
      variables: 1,
      log_bytes: 10,
      undo_hours: 24,
    })),
    get(paths.releases('home', 'hello'), () => page([release(2), release(1)])),
    get(paths.appEnvironments('home', 'hello'), () => page([shown])),
    http.get('*/deployments/:id', ({ params }) => HttpResponse.json(deployment({ id: String(params['id']), state: 'queued' }))),
  );
}

const choose = async (item: string) => {
  await userEvent.click(await screen.findByRole('button', { name: 'Actions' }));
  await userEvent.click(await screen.findByRole('menuitem', { name: item }));
};

describe('app page', () => {
  beforeEach(() => serve());

  it('shows state, address, release, and why each replica is where it is', async () => {
    renderApp('/apps/hello');

    expect(await screen.findByRole('heading', { level: 1, name: 'hello' })).toBeTruthy();
    expect((await screen.findByRole('link', { name: 'Open app' })).getAttribute('href')).toBe('http://hello.localhost:7080');
    expect(await screen.findByText('Why on local?')).toBeTruthy();
    expect(screen.getByText('has the image')).toBeTruthy();
    expect(screen.getByText('rack-7: cordoned')).toBeTruthy();
    expect(screen.getByText('1 of 1 healthy')).toBeTruthy();
    expect(await screen.findByRole('table', { name: 'Deployments' })).toBeTruthy();
    expect(await axeFindings()).toEqual([]);
    expect(screen.getByRole('link', { name: 'Release 2' })).toBeTruthy();
  });

  it('ISO-05: marks a replica that serves but is over a limit, and the app with it', async () => {
    const words = 'the app wrote 20 MB outside its volumes; it may have 16 MB';
    const text = 'Serves requests. The app wrote 20 MB outside its volumes; it may have 16 MB.';
    serve({ warnings: [`Replica 0: ${words}.`] });
    server.use(get(paths.replicas('home', 'hello'), () => page([{ ...replica, reason: words, status_text: text }])));
    renderApp('/apps/hello');

    const said = await screen.findByText(text);
    expect(said.className).toContain('text-warn');
    expect(screen.getByText('Healthy, with a warning').getAttribute('data-tone')).toBe('warn');
    expect(screen.getByText('1 of 1 healthy')).toBeTruthy();
    for (const mark of screen.getAllByText('Warning')) expect(mark.getAttribute('data-tone')).toBe('warn');
    expect(await axeFindings()).toEqual([]);
  });

  it('tells a replica that is being drained from one that serves', async () => {
    const old: Replica = { ...replica, id: 'replica-0', release_number: 1, routing: 'drain' };
    server.use(get(paths.replicas('home', 'hello'), () => page([old, replica])));
    renderApp('/apps/hello');

    expect(await screen.findByText('1 of 1 healthy, 1 leaving')).toBeTruthy();
    expect(screen.getByText('Leaving')).toBeTruthy();
    expect(screen.getAllByText('Healthy')).toHaveLength(1);
  });

  it('has one line for the latest deployment whatever becomes of it, so that nothing below moves', async () => {
    const latest = (over: Parameters<typeof deployment>[0]) => ({ latest_deployment: deployment({ number: 3, id: 'deployment-3', ...over }) });
    serve(latest({ state: 'building', status_text: 'Building the image.' }));
    const { queryClient } = renderApp('/apps/hello');
    const line = async (text: RegExp) => (await screen.findByText(text)).closest('[role=status]') as HTMLElement;
    expect(within(await line(/Building the image/)).getByRole('link', { name: 'Watch' })).toBeTruthy();

    serve(latest({ state: 'live', live_at: at }));
    await queryClient.invalidateQueries();
    expect(within(await line(/Deployment #3: live/)).getByRole('link', { name: 'See it' })).toBeTruthy();

    serve(latest({ state: 'failed', id: 'deployment-4', number: 4, failure: { step: 'build', code: 'x', message: 'make ended with 2.', last_lines: ['gcc: no'] } }));
    await queryClient.invalidateQueries();
    expect(within(await line(/Deployment #4: failed/)).getByText(/make ended with 2/)).toBeTruthy();
    expect(screen.queryByRole('region', { name: 'Failure' })).toBeNull();
  });

  it('says of an app without a repository that folders are sent, and how', async () => {
    serve({ source: { ...app().source, git_url: 'upload:' } });
    renderApp('/apps/hello');

    const source = within(await screen.findByRole('region', { name: 'Source' }));
    expect(source.getByText('wh deploy hello --folder .')).toBeTruthy();
    expect(source.queryByText('upload:')).toBeNull();
  });

  it('explains at once a deployment that had failed before', async () => {
    serve({ latest_deployment: deployment({ state: 'failed', failure: { step: 'build', code: 'x', message: 'make ended with 2.', last_lines: ['gcc: no'] } }) });
    renderApp('/apps/hello');

    const card = within(await screen.findByRole('region', { name: 'Failure' }));
    expect(card.getByText('gcc: no')).toBeTruthy();
    expect(card.getByRole('link', { name: /Usual causes/ }).getAttribute('href')).toBe('/docs/troubleshooting#a-deployment-failed');
  });

  it('deploys and follows the new deployment', async () => {
    server.use(post(paths.appAction('home', 'hello', 'deployments'), () => HttpResponse.json(deployment({ id: 'deployment-3' }), { status: 202 })));
    const { router } = renderApp('/apps/hello');

    await userEvent.click(await screen.findByRole('button', { name: 'Deploy' }));

    await waitFor(() => expect(router.state.location.pathname).toBe('/apps/hello/deployments/deployment-3'));
  });

  it('says why a deploy was refused', async () => {
    server.use(post(paths.appAction('home', 'hello', 'deployments'), () => problem({ status: 409, detail: 'The quota is used up.' })));
    renderApp('/apps/hello');

    await userEvent.click(await screen.findByRole('button', { name: 'Deploy' }));

    expect(await screen.findByText('The quota is used up.')).toBeTruthy();
  });

  it('rolls back to the release before the current one unless another is chosen', async () => {
    const bodies: unknown[] = [];
    server.use(
      post(paths.appAction('home', 'hello', 'rollback'), (body) => {
        bodies.push(body);
        return HttpResponse.json(deployment({ id: 'deployment-3' }), { status: 202 });
      }),
    );
    const { router } = renderApp('/apps/hello');
    await choose('Roll back…');

    const dialog = await screen.findByRole('dialog', { name: 'Roll back hello' });
    expect((await within(dialog).findByRole<HTMLInputElement>('radio', { name: /Release 1/ })).checked).toBe(true);
    expect(within(dialog).getByText('wh rollback hello --to 1')).toBeTruthy();
    await userEvent.click(within(dialog).getByRole('button', { name: 'Roll back' }));

    await waitFor(() => expect(router.state.location.pathname).toBe('/apps/hello/deployments/deployment-3'));
    expect(bodies).toEqual([{ release: 1 }]);
  });

  it('deletes only after the name was typed', async () => {
    let deleted = 0;
    server.use(
      http.delete(`*${paths.app('home', 'hello')}`, () => {
        deleted += 1;
        return HttpResponse.json(app({ state: 'deleting' }), { status: 202 });
      }),
    );
    const { router } = renderApp('/apps/hello');
    await choose('Delete…');
    const dialog = await screen.findByRole('dialog', { name: 'Delete hello?' });
    const button = within(dialog).getByRole<HTMLButtonElement>('button', { name: 'Delete app' });
    expect(await within(dialog).findByText(/4 deployments, 2 releases with their images, 1 variable/)).toBeTruthy();

    await userEvent.type(within(dialog).getByRole('textbox', { name: 'Type hello to confirm' }), 'hell');
    expect(button.disabled).toBe(true);
    await userEvent.type(within(dialog).getByRole('textbox', { name: 'Type hello to confirm' }), 'o');
    await userEvent.click(button);

    await waitFor(() => expect(router.state.location.pathname).toBe('/'));
    expect(deleted).toBe(1);
  });

  it('shows the environments, leads to each, and adds one', async () => {
    const staging = app({ name: 'hello@staging', environment: 'staging', state: 'failed', url: 'http://hello-staging.localhost:7080' });
    const environments = [app()];
    const added: unknown[] = [];
    const environment = (name: string) => ({ id: name, name, branch_patterns: [], apps: 1, created_at: at });
    server.use(
      get(paths.appEnvironments('home', 'hello'), () => page(environments)),
      get(paths.environments('home', 'default'), () => page([environment('production'), environment('staging')])),
      post(paths.appEnvironments('home', 'hello'), (body) => {
        added.push(body);
        environments.push(staging);
        return HttpResponse.json(staging, { status: 201 });
      }),
    );
    renderApp('/apps/hello');
    expect(screen.queryByRole('navigation', { name: 'Environment' })).toBeNull();

    await userEvent.click(await screen.findByRole('button', { name: 'Add to environment' }));
    const dialog = await screen.findByRole('dialog', { name: 'Add hello to an environment' });
    expect(await within(dialog).findByText('wh apps add-environment hello staging')).toBeTruthy();
    await userEvent.click(within(dialog).getByRole('button', { name: 'Add to environment' }));

    const ways = within(await screen.findByRole('navigation', { name: 'Environment' })).getAllByRole('link');
    expect(ways.map((way) => [way.textContent, way.getAttribute('href'), way.getAttribute('aria-current')])).toEqual([
      ['production, Live', '/apps/hello', 'page'],
      ['staging, Failed', '/apps/hello@staging', null],
    ]);
    expect(screen.getByText('hello-staging.localhost:7080')).toBeTruthy();
    expect(added).toEqual([{ environment: 'staging' }]);
    expect(await axeFindings()).toEqual([]);
  });

  it('shows what is staged, and offers to apply it', async () => {
    serve({ staged_changes: 2 });
    const side = (fingerprint: string) => ({ fingerprint, build_time: false, run_time: true, expand: false });
    server.use(
      get(paths.staged('home', 'hello'), () => ({
        variables: [{ name: 'LOG_LEVEL', change: 'changed', level: 'app', live: side('0a1b2c'), staged: side('9f8e7d') }],
        settings: ['port'],
        problems: [],
      })),
    );
    server.use(post(paths.appAction('home', 'hello', 'apply-staged'), () => HttpResponse.json(deployment({ id: 'deployment-3' }), { status: 202 })));
    const { router } = renderApp('/apps/hello');

    expect(await screen.findByText('2 staged changes.')).toBeTruthy();
    await userEvent.click(screen.getByRole('button', { name: 'See changes' }));
    const diff = within(await screen.findByRole('list', { name: 'Staged changes' }));
    expect(diff.getAllByRole('listitem').map((item) => item.textContent)).toEqual(['~Changed:LOG_LEVEL0a1b2c→9f8e7d', '~Changed:portsetting']);
    await userEvent.click(screen.getByRole('button', { name: 'Apply now' }));

    await waitFor(() => expect(router.state.location.pathname).toBe('/apps/hello/deployments/deployment-3'));
  });

  it('scales, and sends only what was changed', async () => {
    const sent: unknown[] = [];
    server.use(
      http.patch(`*${paths.app('home', 'hello')}`, async ({ request }) => {
        sent.push(await request.json());
        return HttpResponse.json(app({ desired_replicas: 3 }));
      }),
    );
    renderApp('/apps/hello');
    await choose('Scale…');
    const dialog = await screen.findByRole('dialog', { name: 'Scale hello' });
    const submit = within(dialog).getByRole<HTMLButtonElement>('button', { name: 'Scale' });
    expect(submit.disabled).toBe(true);
    const write = async (name: string, text: string) => {
      const field = within(dialog).getByRole('textbox', { name });
      await userEvent.clear(field);
      await userEvent.type(field, text);
    };

    await write('Memory, MiB', '31');
    expect(within(dialog).getByText('A whole number from 32 to 1048576.')).toBeTruthy();
    await write('Memory, MiB', '512');
    await write('Replicas', '3');
    expect(within(dialog).getByText('wh scale hello 3 --memory 512')).toBeTruthy();
    await userEvent.click(submit);

    await waitFor(() => expect(screen.queryByRole('dialog')).toBeNull());
    expect(sent).toEqual([{ desired_replicas: 3, limits: { memory_bytes: 536_870_912 } }]);
  });

  it('brings a deleted app back', async () => {
    serve({ state: 'deleting', deleted_at: at, erased_at: '2026-11-22T10:00:00.000Z' });
    let undone = 0;
    server.use(
      post(paths.appAction('home', 'hello', 'undo'), () => {
        undone += 1;
        return HttpResponse.json(app(), { status: 202 });
      }),
    );
    renderApp('/apps/hello');

    expect(await screen.findByText('2026-11-22 10:00 UTC')).toBeTruthy();
    await userEvent.click(screen.getByRole('button', { name: 'Bring it back' }));

    await waitFor(() => expect(undone).toBe(1));
  });

  it('lets automatic deploys go on after a rollback', async () => {
    serve({ automatic_deploys_paused: true });
    let resumed = 0;
    server.use(
      post(paths.appAction('home', 'hello', 'resume'), () => {
        resumed += 1;
        return HttpResponse.json(app(), { status: 202 });
      }),
    );
    renderApp('/apps/hello');

    await userEvent.click(await screen.findByRole('button', { name: 'Resume' }));

    await waitFor(() => expect(resumed).toBe(1));
  });

  it('says that a replica crashes again and again, why, and when it starts again', async () => {
    serve();
    server.use(
      get(paths.replicas('home', 'hello'), () =>
        page([
          {
            ...replica,
            phase: 'failed',
            health: 'unhealthy',
            state: 'crash-looping',
            status_text: 'Failed: the app ran out of memory (its limit is 32 MB). Starts again at 10:00:04 UTC.',
            reason: 'the app ran out of memory (its limit is 32 MB); it printed:\nfilling the cache',
          },
        ]),
      ),
    );
    renderApp('/apps/hello');

    expect(await screen.findByText('Crash-looping')).toBeTruthy();
    expect(screen.getByText(/ran out of memory \(its limit is 32 MB\)\. Starts again at 10:00:04 UTC/)).toBeTruthy();
    expect(screen.getByText('filling the cache')).toBeTruthy();
  });

  it('says that there is no such app', async () => {
    server.use(get(paths.app('home', 'gone'), () => problem({ status: 404, detail: 'There is no app “gone”.' })));

    renderApp('/apps/gone');

    expect(await screen.findByRole('heading', { name: 'Not found' })).toBeTruthy();
    expect(screen.getByText('There is no app “gone”.')).toBeTruthy();
  });
});

describe('deployment page', () => {
  beforeEach(() => serve());

  it('says step, cause, exit code, last lines and what to do', async () => {
    const failed = deployment({
      state: 'failed',
      finished_at: at,
      failure: {
        step: 'health',
        code: 'health.timeout',
        message: 'GET / did not answer within 30 s.',
        exit_code: 137,
        last_lines: ['\u001b[31mlistening on 3000\u001b[0m'],
        hint: 'Listen on the port in PORT.',
      },
    });
    server.use(get(paths.deployment('home', 'deployment-9'), () => failed));

    renderApp('/apps/hello/deployments/deployment-9');

    const card = within(await screen.findByRole('region', { name: 'Failure' }));
    expect(card.getByRole('heading', { name: 'The health check failed' })).toBeTruthy();
    expect(card.getByText('exit code 137')).toBeTruthy();
    expect(card.getByText('listening on 3000')).toBeTruthy();
    expect(card.getByText('Listen on the port in PORT.')).toBeTruthy();
    expect(screen.getByRole('button', { name: 'Redeploy' })).toBeTruthy();
  });

  it('cancels what still runs', async () => {
    let state: 'building' | 'cancelled' = 'building';
    server.use(
      get(paths.deployment('home', 'deployment-9'), () => deployment({ id: 'deployment-9', state, building_at: at })),
      post(paths.cancel('home', 'deployment-9'), () => {
        state = 'cancelled';
        return HttpResponse.json(deployment({ state }), { status: 202 });
      }),
    );
    renderApp('/apps/hello/deployments/deployment-9');

    await userEvent.click(await screen.findByRole('button', { name: 'Cancel' }));

    expect((await screen.findAllByText('Cancelled')).length).toBeGreaterThan(0);
  });
});

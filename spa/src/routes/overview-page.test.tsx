import { screen, within } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { http, HttpResponse } from 'msw';
import { beforeEach, describe, expect, it, vi } from 'vitest';

import { paths } from '@/api/paths';
import { summary } from '@/features/projects/attention';
import { axeFindings } from '@/test/axe';
import { app, deployment } from '@/test/data';
import { renderApp } from '@/test/render-app';
import { get, page, problem, server } from '@/test/server';

import '@/features/fleet/load-panel';

const appsPath = paths.apps('home');
const worker = (name: string, state: string) => ({
  id: name,
  name,
  state,
  cordoned: false,
  capabilities: ['run'],
  agent_version: '0.1.0',
  cpus: 2,
  memory_bytes: 8_000_000_000,
  labels: {},
  last_seen_at: '2026-11-21T10:00:00.000Z',
});
const traffic = (app: string, requests: number) => ({
  app,
  edges: 1,
  requests,
  in_flight: 0,
  errors: { app: 0, connect: 0, response: 0, unserved: 0 },
  aborted: 0,
  retries: 0,
  limited: 0,
  p50_ms: 1,
  p99_ms: 14.2,
});

beforeEach(() =>
  server.use(
    get(paths.workers('home'), () => page([worker('local', 'online'), worker('rack-7', 'lost')])),
    get(paths.appsTraffic('home'), () => page([traffic('hello', 120)])),
  ),
);

describe('overview', () => {
  it('shows shapes while the list loads', async () => {
    server.use(get(appsPath, () => new Promise(() => undefined)));

    renderApp('/');

    expect(await screen.findByRole('status', { name: 'Loading apps' })).toBeTruthy();
  });

  it.each([
    [95, true],
    [60, false],
  ])('a disk with %i percent used is said to be almost full: %s', async (percent, said) => {
    const point = { at: '2026-11-21T10:00:00.000Z', cpu_permille: 100, memory_used_bytes: 1e9, disk_used_bytes: percent * 1e9, load_1: 0 };
    const usage = { worker_id: 'local', worker: 'local', live: true, memory_total_bytes: 8e9, disk_total_bytes: 100e9, points: [point] };
    server.use(get(appsPath, () => page([])), get(paths.workersUsage('home'), () => page([usage])));

    renderApp('/');

    expect(await screen.findByRole('meter', { name: 'Disk of local' })).toBeTruthy();
    expect(screen.queryByText(/disk is almost full/) !== null).toBe(said);
  });

  it('shows the next step and its command while there are no apps', async () => {
    server.use(get(appsPath, () => page([])));

    const { router } = renderApp('/');

    expect(await screen.findByText('Create your first app')).toBeTruthy();
    expect(screen.getByText(/wh apps create/)).toBeTruthy();
    await userEvent.click(screen.getByRole('button', { name: 'Create app' }));
    expect(router.state.location.pathname).toBe('/apps/new');
  });

  it('asks for the traffic of all apps on the screen at once', async () => {
    const release = { id: 'r', number: 1, deployment_id: 'd', image_digest: 'sha256:0', created_at: '2026-11-21T10:00:00.000Z', pinned: false, image_removed: false };
    vi.stubGlobal('IntersectionObserver', undefined); // nothing is laid out: every row counts as seen
    const names = ['blog', 'hello', 'shop'];
    const asked: string[] = [];
    server.use(
      get(appsPath, () => page(names.map((name) => app({ id: `app-${name}`, name, current_release: release })))),
      http.get(`*${paths.appsTraffic('home')}`, ({ request }) => {
        asked.push(new URL(request.url).searchParams.get('app') ?? '');
        return HttpResponse.json(page(names.map((name) => traffic(name, 120))));
      }),
    );

    renderApp('/');

    expect(await screen.findAllByText('p99 14 ms')).toHaveLength(3);
    expect(asked).toEqual(['blog,hello,shop']);
  });

  it('shows state in words, branch, address and last deploy of each app', async () => {
    const release = { id: 'r', number: 1, deployment_id: 'd', image_digest: 'sha256:0', created_at: '2026-11-21T10:00:00.000Z', pinned: false, image_removed: false };
    server.use(get(appsPath, () => page([app({ current_release: release, latest_deployment: deployment() }), app({ id: 'app-2', name: 'empty', state: 'empty' })])));

    renderApp('/');

    const rows = within(await screen.findByRole('table', { name: 'Apps' })).getAllByRole('row').slice(1).map((row) => within(row));
    const [second, first] = rows; // by name
    expect(first?.getByText('Live')).toBeTruthy();
    expect(first?.getByText('main')).toBeTruthy();
    expect(first?.getByText('Say hello')).toBeTruthy();
    expect(first?.getByRole('link', { name: 'hello.localhost:7080' }).getAttribute('href')).toBe('http://hello.localhost:7080');
    expect(first?.getByTitle('2026-11-21 10:00:00 UTC')).toBeTruthy();
    expect(second?.getByText('Not deployed')).toBeTruthy();
    expect(second?.getByText('Never deployed')).toBeTruthy();
  });

  it('says what failed and why, and leads to it', async () => {
    const failed = deployment({
      state: 'failed',
      failure: { step: 'build', code: 'build.failed', message: 'make ended with exit code 2.', last_lines: [] },
    });
    server.use(get(appsPath, () => page([app({ state: 'failed', latest_deployment: failed })])));

    renderApp('/');

    const region = within(await screen.findByRole('region', { name: 'Needs attention' }));
    expect(region.getByText(/the build failed/)).toBeTruthy();
    expect(region.getByText(/make ended with exit code 2/)).toBeTruthy();
    expect(screen.getByRole('link', { name: /See what happened/ }).getAttribute('href')).toBe('/apps/hello/deployments/deployment-1');
  });

  it('ISO-05: names an app that serves but is over a limit', async () => {
    const full = app({ id: 'app-2', name: 'shop', warnings: ['Replica 0: the app wrote 20 MB outside its volumes; it may have 16 MB.'] });
    server.use(get(appsPath, () => page([app(), full])));

    renderApp('/');

    const region = within(await screen.findByRole('region', { name: 'Needs attention' }));
    expect(region.getAllByRole('listitem')).toHaveLength(1);
    expect(region.getByText(/Replica 0: the app wrote 20 MB/)).toBeTruthy();
    expect(region.getByRole('link', { name: 'See the replicas' }).getAttribute('href')).toBe('/apps/shop');
    expect(screen.getByText(/^1 needs attention/)).toBeTruthy();
    const [first] = within(screen.getByRole('table', { name: 'Apps' })).getAllByRole('row').slice(1);
    expect(within(first as HTMLElement).getByText('Warning')).toBeTruthy();
  });

  it('moves nothing when something fails or is mended meanwhile, and says so', async () => {
    const hello = app();
    const shop = app({ id: 'app-2', name: 'shop', state: 'degraded' });
    let apps = [hello, shop];
    server.use(get(appsPath, () => page(apps)));
    const { queryClient } = renderApp('/');
    const order = () => within(screen.getByRole('table', { name: 'Apps' })).getAllByRole('row').slice(1).map((row) => within(row).getAllByRole('link')[0]?.textContent);
    const attention = within(await screen.findByRole('region', { name: 'Needs attention' }));
    expect(attention.getAllByRole('listitem')).toHaveLength(1);
    expect(order()).toEqual(['shop', 'hello']);

    apps = [{ ...hello, state: 'failed', latest_deployment: deployment({ state: 'failed' }) }, { ...shop, state: 'live' }];
    await queryClient.invalidateQueries();

    expect(await attention.findByText('shop needs no attention any more.')).toBeTruthy();
    expect(attention.getAllByRole('listitem')).toHaveLength(1);
    expect(order()).toEqual(['shop', 'hello']);
    expect(screen.getByText(/^1 needs attention/)).toBeTruthy();

    await userEvent.click(screen.getByRole('button', { name: 'Show what failed' }));

    expect(attention.getByText(/deployment #\d+ failed/)).toBeTruthy();
    expect(document.activeElement).toBe(screen.getByRole('region', { name: 'Needs attention' }));
    expect(order()).toEqual(['hello', 'shop']);
    expect(screen.queryByRole('button', { name: 'Show what failed' })).toBeNull();
  });

  it('shows the refusal with its request id, and tries again when asked', async () => {
    let allowed = false;
    server.use(get(appsPath, () => (allowed ? page([app()]) : problem({ status: 403, detail: 'Your role may not read apps.', request_id: 'req-42' }))));
    renderApp('/');
    expect(await screen.findByText('You may not see this')).toBeTruthy();
    expect(screen.getByText('req-42')).toBeTruthy();

    allowed = true;
    await userEvent.click(screen.getByRole('button', { name: 'Try again' }));

    expect(await screen.findByRole('link', { name: 'hello' })).toBeTruthy();
  });
});

describe('overview beside the apps', () => {
  it('says which machines are there, those that are not well first', async () => {
    server.use(get(appsPath, () => page([app()])));

    renderApp('/');

    const list = within(await screen.findByRole('list', { name: 'Machines' }));
    expect(list.getAllByRole('listitem').map((item) => item.textContent)).toEqual([
      expect.stringMatching(/^rack-7Lost2 cores, 8.0 GBseen/),
      'localOnline2 cores, 8.0 GB',
    ]);
    expect(screen.getByText('1 of 2 online')).toBeTruthy();
  });

  it('narrows a long list by what is typed, and has no accessibility mistakes', async () => {
    const many = Array.from({ length: 9 }, (_, n) => app({ id: `app-${n}`, name: `shop-${n}` }));
    server.use(get(appsPath, () => page(many)));
    renderApp('/');
    expect((await screen.findAllByRole('row')).length).toBe(10);
    expect(await axeFindings()).toEqual([]);

    await userEvent.type(screen.getByRole('searchbox'), 'shop-4');

    expect(screen.getAllByRole('row').length).toBe(2);
    expect(screen.getByRole('link', { name: 'shop-4' })).toBeTruthy();
    await userEvent.type(screen.getByRole('searchbox'), 'x');
    expect(screen.getByText('No app matches “shop-4x”.')).toBeTruthy();
  });
});

describe('summary', () => {
  it('puts what needs attention first', () => {
    const states = (['live', 'live', 'failed', 'degraded', 'deploying'] as const).map((state) => app({ state }));

    expect(summary(states)).toBe('2 need attention · 1 deploying · 2 live');
    expect(summary([app({ state: 'live' })])).toBe('1 live');
    expect(summary([app({ state: 'failed' })])).toBe('1 needs attention');
  });
});

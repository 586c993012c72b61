// DEP-06 and REG-05: what can be deployed or gone back to once more, and which images stay for it.
import { screen, waitFor, within } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { http, HttpResponse } from 'msw';
import { beforeEach, describe, expect, it } from 'vitest';

import { paths } from '@/api/paths';
import type { App, Deployment, Release } from '@/api/types';
import { axeFindings } from '@/test/axe';
import { app, deployment } from '@/test/data';
import { renderApp } from '@/test/render-app';
import { get, page, post, server } from '@/test/server';

import './app-layout';
import './app-overview';
import './deployment-page';

const at = '2026-11-21T10:00:00.000Z';
const release = (number: number, over: Partial<Release> = {}): Release => ({
  id: `release-${number}`,
  number,
  deployment_id: `deployment-${number}`,
  commit: `${number}f3c2d71e5`,
  image_digest: `sha256:${'ab'.repeat(32)}`,
  created_at: at,
  pinned: false,
  image_removed: false,
  ...over,
});

let releases: Release[];
function serve(shown: App, deployments: Deployment[]): void {
  server.use(
    get(paths.app('home', 'hello'), () => shown),
    get(paths.apps('home'), () => page([shown])),
    get(paths.appAction('home', 'hello', 'deployments'), () => page(deployments)),
    get(paths.replicas('home', 'hello'), () => page([])),
    get(paths.releases('home', 'hello'), () => page(releases)),
    get(paths.appEnvironments('home', 'hello'), () => page([shown])),
    http.get('*/deployments/:id', ({ params }) => HttpResponse.json(deployments.find(({ id }) => id === params['id']))),
  );
}

/** Presses Redeploy on the page of `shown`; what was asked for. */
async function redeploy(shown: Deployment, of: App = app()): Promise<unknown> {
  let asked: unknown;
  serve(of, [shown]);
  server.use(
    post(paths.appAction('home', 'hello', 'deployments'), (body) => {
      asked = body;
      return HttpResponse.json(deployment({ id: 'deployment-10', number: 10, state: 'queued' }), { status: 202 });
    }),
  );
  const { router } = renderApp(`/apps/hello/deployments/${shown.id}`);
  const button = await screen.findByRole('button', { name: 'Redeploy' });
  expect(button.title).toBe(`wh redeploy hello/${shown.number}`);
  await userEvent.click(button);
  await waitFor(() => expect(router.state.location.pathname).toBe('/apps/hello/deployments/deployment-10'));
  return asked;
}

describe('Redeploy', () => {
  beforeEach(() => {
    releases = [];
  });

  it('asks for the same commit, not for the newest of its branch', async () => {
    const failed = deployment({ id: 'deployment-9', number: 9, state: 'failed', finished_at: at });

    expect(await redeploy(failed)).toEqual({ environment: 'production', branch: 'main', commit: '9f3c2d71e5' });
  });

  it('of one that found no commit asks for its branch', async () => {
    const source = { kind: 'git' as const, git_url: 'https://git.example.com/hello.git', branch: 'next' };

    expect(await redeploy(deployment({ id: 'deployment-9', state: 'failed', source }))).toEqual({ environment: 'production', branch: 'next' });
  });

  it('of a folder asks for what was sent then', async () => {
    const source = { kind: 'git' as const, git_url: 'upload:0193-1', branch: 'main', commit: 'ab12' };

    expect(await redeploy(deployment({ id: 'deployment-9', state: 'failed', source }))).toEqual({ environment: 'production', upload: '0193-1' });
  });
});

describe('releases', () => {
  const current = app({ current_release: release(3) });
  beforeEach(() => {
    releases = [release(3), release(2, { pinned: true }), release(1, { image_removed: true })];
    serve(current, [deployment({ id: 'deployment-3', number: 3 }), deployment({ id: 'deployment-1', state: 'superseded', release_number: 1, live_at: at })]);
  });
  const rows = async () => {
    const list = within(await screen.findByRole('list', { name: 'Releases' }));
    return list.getAllByRole('listitem').map((item) => within(item));
  };

  it('are listed with what became of their images', async () => {
    renderApp('/apps/hello/deployments');

    const [third, second, first] = await rows();
    expect(third?.getByText(/current/)).toBeTruthy();
    expect(third?.getByRole('button', { name: 'Pin release 3' })).toBeTruthy();
    expect(second?.getByText(/pinned/)).toBeTruthy();
    expect(second?.getByRole('button', { name: 'Unpin release 2' })).toBeTruthy();
    expect(first?.getByText(/image removed/)).toBeTruthy();
    expect(first?.queryByRole('button')).toBeNull();
    expect(screen.getByText('wh releases hello')).toBeTruthy();
    expect(await axeFindings()).toEqual([]);
  });

  it('are pinned and let go', async () => {
    const asked: string[] = [];
    const change = (pinned: boolean) => ({ request, params }: { request: Request; params: Record<string, unknown> }) => {
      const number = Number(params['release']);
      asked.push(`${request.method} ${number}`);
      releases = releases.map((each) => (each.number === number ? { ...each, pinned } : each));
      return HttpResponse.json(releases.find((each) => each.number === number));
    };
    server.use(http.put('*/releases/:release/pin', change(true)), http.delete('*/releases/:release/pin', change(false)));
    renderApp('/apps/hello/deployments');

    await userEvent.click(await screen.findByRole('button', { name: 'Pin release 3' }));
    await screen.findByRole('button', { name: 'Unpin release 3' });
    await userEvent.click(screen.getByRole('button', { name: 'Unpin release 2' }));
    await screen.findByRole('button', { name: 'Pin release 2' });

    expect(asked).toEqual(['PUT 3', 'DELETE 2']);
  });

  it('whose image is gone cannot be chosen for a rollback, and it says why', async () => {
    releases = [release(3), release(2, { image_removed: true }), release(1)];
    renderApp('/apps/hello');
    await userEvent.click(await screen.findByRole('button', { name: 'Actions' }));
    await userEvent.click(await screen.findByRole('menuitem', { name: 'Roll back…' }));

    const gone = await screen.findByRole<HTMLInputElement>('radio', { name: /Release 2.*image removed/ });
    expect(gone.disabled).toBe(true);
    expect(screen.getByRole<HTMLInputElement>('radio', { name: /Release 1/ }).checked).toBe(true);
    expect(screen.getByText(/last ten releases/)).toBeTruthy();
    expect(screen.getByText('wh rollback hello --to 1')).toBeTruthy();
  });

  it('none of which is there leaves nothing to roll back to', async () => {
    releases = [release(3), release(2, { image_removed: true })];
    renderApp('/apps/hello');
    await userEvent.click(await screen.findByRole('button', { name: 'Actions' }));
    await userEvent.click(await screen.findByRole('menuitem', { name: 'Roll back…' }));

    await screen.findByRole('radio', { name: /Release 2/ });
    expect(screen.getByRole<HTMLButtonElement>('button', { name: 'Roll back' }).disabled).toBe(true);
  });

  it('whose image is gone are no goal of the page of their deployment either', async () => {
    renderApp('/apps/hello/deployments/deployment-1');

    const button = await screen.findByRole<HTMLButtonElement>('button', { name: 'Roll back to this' });
    await waitFor(() => expect(button.disabled).toBe(true));
    expect(button.title).toMatch(/image of release 1 was removed/);
  });
});

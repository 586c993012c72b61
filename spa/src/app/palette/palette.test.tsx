import { screen, waitFor, within } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { HttpResponse } from 'msw';
import { beforeEach, describe, expect, it, vi } from 'vitest';

import { paths } from '@/api/paths';
import { axeFindings } from '@/test/axe';
import { app, deployment, session } from '@/test/data';
import { renderApp } from '@/test/render-app';
import { get, page, post, server } from '@/test/server';

import { setSingleKeys } from './keys';

beforeEach(() => {
  localStorage.clear();
  server.use(
    get(paths.projects('home'), () => page([])),
    get(paths.workers('home'), () => page([])),
    get(paths.apps('home'), () => page([app(), app({ id: 'app-2', name: 'shop', project: 'web' })])),
  );
});

const open = async () => {
  await screen.findByRole('heading', { level: 1 });
  await userEvent.keyboard('{Control>}k{/Control}');
  return screen.findByRole('combobox', { name: 'Find and do anything' });
};
const selected = () => screen.getAllByRole('option').find((each) => each.getAttribute('aria-selected') === 'true')?.textContent;

describe('command palette', () => {
  it('finds an app’s page by parts of words and goes there by keys alone', async () => {
    server.use(get(paths.app('home', 'shop'), () => app({ name: 'shop' })));
    const { router } = renderApp('/projects');
    const input = await open();
    await screen.findByRole('option', { name: /^shop/ });
    expect(await axeFindings()).toEqual([]);

    await userEvent.type(input, 'shp sett');
    expect(selected()).toContain('shop › Settings');
    await userEvent.keyboard('{Enter}');

    await waitFor(() => expect(router.state.location.pathname).toBe('/apps/shop/settings'));
    expect(screen.queryByRole('combobox', { name: 'Find and do anything' })).toBeNull();
  });

  it('starts a deployment and shows it', async () => {
    const sent: unknown[] = [];
    server.use(
      post(paths.appAction('home', 'hello', 'deployments'), (body) => {
        sent.push(body);
        return HttpResponse.json(deployment({ state: 'queued' }), { status: 202 });
      }),
      get(paths.deployment('home', 'deployment-1'), () => deployment({ state: 'queued' })),
      get(paths.app('home', 'hello'), () => app()),
    );
    const { router } = renderApp('/projects');
    const input = await open();
    await screen.findByRole('option', { name: /^hello/ });

    await userEvent.type(input, 'deploy hello{Enter}');

    await waitFor(() => expect(router.state.location.pathname).toBe('/apps/hello/deployments/deployment-1'));
    expect(sent).toEqual([{}]);
  });

  it('finds a document by what its headings say, and opens it beside the dashboard', async () => {
    const opened = vi.spyOn(window, 'open').mockReturnValue(null);
    renderApp('/projects');
    const input = await open();
    await screen.findByRole('option', { name: 'Documentation' });
    expect(screen.queryByRole('option', { name: 'Mail' })).toBeNull(); // before anything is typed: the way there only

    await userEvent.type(input, 'bring back');
    expect(selected()).toContain('Backup and restore');
    await userEvent.keyboard('{Enter}');

    expect(opened).toHaveBeenCalledWith('/docs/backup', '_blank', 'noreferrer');
  });

  it('moves with the arrows and says when nothing fits', async () => {
    renderApp('/projects');
    const input = await open();
    await screen.findByRole('option', { name: /^shop/ });
    const first = selected();

    await userEvent.keyboard('{ArrowDown}');
    expect(selected()).not.toBe(first);
    await userEvent.keyboard('{ArrowUp}');
    expect(selected()).toBe(first);
    await userEvent.type(input, 'zzzz');

    expect(screen.getByText('Nothing fits “zzzz”.')).toBeTruthy();
  });

  it('offers actions only where a role allows them, also one in a single project', async () => {
    const own = { id: 'person-1', name: 'Operator', role: 'viewer', permissions: [], custom: false, limited_to_projects: false, since: '' };
    server.use(
      get(paths.session, () => ({ ...session(), role: 'viewer', permissions: ['app:read', 'project:read'] })),
      get(paths.members('home'), () => page([{ ...own, projects: [{ id: 'p', slug: 'web', role: 'member' }] }])),
    );
    renderApp('/projects');
    const input = await open();
    await screen.findByRole('option', { name: /^shop/ });

    await userEvent.type(input, 'deploy ');

    expect(await screen.findByRole('option', { name: /Deploy shop/ })).toBeTruthy();
    expect(screen.queryByRole('option', { name: /Deploy hello/ })).toBeNull();
  });
});

describe('keyboard map', () => {
  it('is shown by “?”, not while somebody types, and goes places', async () => {
    const { router } = renderApp('/projects');
    await screen.findByRole('heading', { level: 1 });
    await userEvent.keyboard('?');
    const map = within(await screen.findByRole('dialog', { name: 'Keyboard' }));
    expect(map.getByText('Create app')).toBeTruthy();
    expect(await axeFindings()).toEqual([]);
    await userEvent.click(map.getByRole('button', { name: 'Close' }));

    await userEvent.keyboard('gw');

    await waitFor(() => expect(router.state.location.pathname).toBe('/workers'));
  });

  it('leaves single keys alone where they were switched off', async () => {
    setSingleKeys(false);
    renderApp('/projects');
    await screen.findByRole('heading', { level: 1 });

    await userEvent.keyboard('?');
    await open();

    expect(screen.queryByRole('dialog', { name: 'Keyboard' })).toBeNull();
  });
});

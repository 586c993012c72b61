import { screen, waitFor, within } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { HttpResponse } from 'msw';
import { describe, expect, it } from 'vitest';

import { paths } from '@/api/paths';
import { axeFindings } from '@/test/axe';
import { renderApp } from '@/test/render-app';
import { del, get, page, post, problem, server } from '@/test/server';

// Under load, fetching a page's code takes longer than anything that is waited for.
import './environments-panel';
import './project-settings';
import './projects-page';

const at = '2026-11-21T10:00:00.000Z';
const project = { id: 'project-1', slug: 'shop', name: 'Shop', apps: 1, created_at: at, updated_at: at };
const environment = (name: string, patterns: string[]) => ({ id: name, name, branch_patterns: patterns, apps: 0, created_at: at });

describe('projects', () => {
  it('lists them, and makes one', async () => {
    const sent: unknown[] = [];
    server.use(
      get(paths.projects('home'), () => page([project])),
      post(paths.projects('home'), (body) => {
        sent.push(body);
        return HttpResponse.json({ ...project, slug: 'blog', name: 'Blog' }, { status: 201 });
      }),
    );
    renderApp('/projects');
    expect(await screen.findByRole('link', { name: /Shop/ })).toBeTruthy();
    expect(await axeFindings()).toEqual([]);

    await userEvent.click(screen.getByRole('button', { name: 'Make project' }));
    const dialog = within(await screen.findByRole('dialog'));
    await userEvent.type(dialog.getByLabelText('Short name'), 'blog');
    await userEvent.type(dialog.getByLabelText('Name (optional)'), 'Blog');
    await userEvent.click(dialog.getByRole('button', { name: 'Make project' }));

    expect(await screen.findByText('Blog was made')).toBeTruthy();
    expect(sent).toEqual([{ slug: 'blog', name: 'Blog' }]);
  });

  it('says that there are none', async () => {
    server.use(get(paths.projects('home'), () => page([])));

    renderApp('/projects');

    expect(await screen.findByText(/None yet. A project holds apps/)).toBeTruthy();
  });

  it('makes an environment for branches, and says why one is not deleted', async () => {
    const sent: unknown[] = [];
    server.use(
      get(paths.project('home', 'shop'), () => project),
      get(paths.environments('home', 'shop'), () => page([environment('production', ['main']), environment('staging', ['*'])])),
      get(paths.scopeVariables('home', { kind: 'project', project: 'shop' }), () => page([])),
      post(paths.environments('home', 'shop'), (body) => {
        sent.push(body);
        return HttpResponse.json(environment('preview', []), { status: 201 });
      }),
      del(paths.environment('home', 'shop', 'staging'), () => problem({ status: 409, detail: 'One app stands in it.' })),
    );
    renderApp('/projects/shop');
    expect(await screen.findByText(/branches main/)).toBeTruthy();
    expect(screen.queryByRole('button', { name: 'Delete production' })).toBeNull();

    await userEvent.click(screen.getByRole('button', { name: 'Make environment' }));
    const dialog = within(await screen.findByRole('dialog'));
    await userEvent.type(dialog.getByLabelText('Name'), 'preview');
    await userEvent.type(dialog.getByLabelText('Branches'), 'feature/*{Enter}fix/*');
    await userEvent.click(dialog.getByRole('button', { name: 'Save' }));
    await waitFor(() => expect(sent).toEqual([{ name: 'preview', branch_patterns: ['feature/*', 'fix/*'] }]));

    await userEvent.click(screen.getByRole('button', { name: 'Delete staging' }));
    await userEvent.click(within(await screen.findByRole('dialog')).getByRole('button', { name: 'Delete environment' }));
    expect(await screen.findByText('One app stands in it.')).toBeTruthy();
  });

  it('says that there is no such project', async () => {
    server.use(get(paths.project('home', 'none'), () => problem({ status: 404, detail: 'The project was not found.' })));

    renderApp('/projects/none');

    expect(await screen.findByText('The project was not found.')).toBeTruthy();
  });
});

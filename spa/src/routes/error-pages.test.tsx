import { screen } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { HttpResponse } from 'msw';
import { describe, expect, it } from 'vitest';

import { paths } from '@/api/paths';
import { axeFindings } from '@/test/axe';
import { session } from '@/test/data';
import { renderApp } from '@/test/render-app';
import { get, page, server } from '@/test/server';

describe('error pages', () => {
  it('says that nothing answers, and comes back when it does', async () => {
    let away = true;
    server.use(
      get(paths.session, () => (away ? HttpResponse.error() : session())),
      get(paths.projects('home'), () => page([])),
    );
    renderApp('/projects');
    expect(await screen.findByRole('heading', { name: 'The control plane does not answer' })).toBeTruthy();
    expect(await axeFindings()).toEqual([]);

    away = false;
    await userEvent.click(screen.getByRole('button', { name: 'Try again' }));

    expect(await screen.findByRole('heading', { level: 1, name: 'Projects' })).toBeTruthy();
  });

  it('leads on from an address that is none', async () => {
    server.use(get(paths.apps('home'), () => page([])));
    renderApp('/nowhere/at/all');

    expect(await screen.findByRole('heading', { name: 'There is no such page' })).toBeTruthy();
    expect(screen.getByRole('link', { name: 'Go to the overview' }).getAttribute('href')).toBe('/');
    expect(screen.getByRole('link', { name: 'Projects' })).toBeTruthy();
    expect(await axeFindings()).toEqual([]);

    await userEvent.keyboard('{Control>}k{/Control}');

    expect(await screen.findByRole('dialog')).toBeTruthy();
  });
});

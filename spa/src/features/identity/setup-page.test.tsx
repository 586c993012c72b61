import { screen } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { HttpResponse } from 'msw';
import { afterEach, describe, expect, it } from 'vitest';

import { paths } from '@/api/paths';
import { session } from '@/test/data';
import { renderApp } from '@/test/render-app';
import { get, page, post, problem, server } from '@/test/server';

const openLink = (token: string) => window.history.replaceState(null, '', `/setup${token ? `#${token}` : ''}`);

describe('setup page', () => {
  afterEach(() => openLink(''));

  it('signs in with the token of the link, takes it out of the address and goes to the apps', async () => {
    const tokens: unknown[] = [];
    server.use(
      post(paths.setup, (body, request) => {
        tokens.push(body, request.headers.get('x-wh-csrf'));
        return HttpResponse.json(session());
      }),
      get(paths.apps('home'), () => page([])),
    );
    openLink('secret-token');

    const { router } = renderApp('/setup');

    expect(await screen.findByText('Create your first app')).toBeTruthy();
    expect(tokens).toEqual([{ token: 'secret-token' }, '1']);
    expect(window.location.hash).toBe('');
    expect(router.state.location.pathname).toBe('/');
  });

  it('says that it works while the server thinks', async () => {
    server.use(post(paths.setup, () => new Promise(() => undefined) as never));
    openLink('slow');

    renderApp('/setup');

    expect((await screen.findByRole('status')).textContent).toContain('Checking the setup link');
  });

  it('tells how to get a new link when this one was used or has expired', async () => {
    server.use(post(paths.setup, () => problem({ status: 410, code: 'setup_link.used', detail: 'It was used at 10:20 UTC.' })));
    openLink('old');

    renderApp('/setup');

    expect(await screen.findByRole('heading', { name: 'This link no longer works' })).toBeTruthy();
    expect(screen.getByRole('alert').textContent).toContain('It was used at 10:20 UTC.');
    expect(screen.getByText('./dev status')).toBeTruthy();
    expect(screen.getByText('wh-control-plane setup-link')).toBeTruthy();
  });

  it('offers a retry with the same token when the server did not answer', async () => {
    let answers = 0;
    server.use(
      post(paths.setup, () => {
        answers += 1;
        return answers === 1 ? HttpResponse.error() : HttpResponse.json(session());
      }),
      get(paths.apps('home'), () => page([])),
    );
    openLink('token');
    renderApp('/setup');

    await userEvent.click(await screen.findByRole('button', { name: 'Try again' }));

    expect(await screen.findByText('Create your first app')).toBeTruthy();
  });

  it('takes a second link that is pasted into the same tab', async () => {
    server.use(
      post(paths.setup, (body) =>
        (body as { token: string }).token === 'new' ? HttpResponse.json(session()) : problem({ status: 410 }),
      ),
      get(paths.apps('home'), () => page([])),
    );
    openLink('old');
    renderApp('/setup');
    await screen.findByRole('heading', { name: 'This link no longer works' });

    openLink('new');
    window.dispatchEvent(new Event('hashchange'));

    expect(await screen.findByText('Create your first app')).toBeTruthy();
  });

  it('says that a link is needed when the address has no token', async () => {
    openLink('');

    renderApp('/setup');

    expect(await screen.findByRole('heading', { name: 'This page needs a setup link' })).toBeTruthy();
  });
});

describe('gate', () => {
  it('shows how to sign in to somebody without a session', async () => {
    server.use(get(paths.session, () => problem({ status: 401, code: 'unauthenticated' })));

    renderApp('/');

    expect(await screen.findByRole('heading', { name: 'You are signed out' })).toBeTruthy();
    expect(await screen.findByText('./dev status')).toBeTruthy();
  });

  it('shows the signed-out page when a session ends while the dashboard is open', async () => {
    server.use(get(paths.apps('home'), () => problem({ status: 401, code: 'unauthenticated' })));

    renderApp('/');

    expect(await screen.findByRole('heading', { name: 'You are signed out' })).toBeTruthy();
  });
});

import { screen } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { HttpResponse } from 'msw';
import { describe, expect, it } from 'vitest';

import { paths } from '@/api/paths';
import { axeFindings } from '@/test/axe';
import { session } from '@/test/data';
import { renderApp } from '@/test/render-app';
import { get, page, post, problem, server } from '@/test/server';

const google = { ready: true, issuer: 'https://accounts.google.com', is_google: true };
const signedOut = () => problem({ status: 401, code: 'unauthenticated' });

describe('sign-in', () => {
  it('leads to the provider and back to the page that was asked for', async () => {
    server.use(
      get(paths.session, signedOut),
      get(paths.signIn, () => google),
    );

    renderApp('/apps/hello');

    const link = await screen.findByRole('link', { name: 'Sign in with Google' });
    expect(link.getAttribute('href')).toBe(`/api/v1/sign-in/start?return_to=${encodeURIComponent('/apps/hello')}`);
    expect(await axeFindings()).toEqual([]);
  });

  it('names another provider by its host', async () => {
    server.use(
      get(paths.session, signedOut),
      get(paths.signIn, () => ({ ready: true, issuer: 'https://id.example.com/tenant', is_google: false })),
    );

    renderApp('/sign-in');

    expect(await screen.findByRole('link', { name: 'Sign in with id.example.com' })).toBeTruthy();
  });

  it('tells how to get a setup link while no provider is connected, and when the server does not say', async () => {
    server.use(
      get(paths.session, signedOut),
      get(paths.signIn, () => problem({ status: 500, detail: 'It broke.' })),
    );

    renderApp('/sign-in');

    expect(await screen.findByText('./dev status')).toBeTruthy();
    expect(screen.queryByRole('link', { name: /Sign in with/ })).toBeNull();
  });
});

describe('second step', () => {
  it('refuses a wrong code, takes the right one, and goes on where the person wanted', async () => {
    const codes: unknown[] = [];
    server.use(
      post(paths.signInCode, (body) => {
        codes.push(body);
        return codes.length === 1
          ? problem({ status: 403, code: 'code.wrong', detail: 'This code is not right.' })
          : HttpResponse.json({ return_to: '/workers' });
      }),
      get(paths.workers('home'), () => page([])),
    );
    const { router } = renderApp('/sign-in/code');
    const field = await screen.findByLabelText('Code');
    expect(await axeFindings()).toEqual([]);

    await userEvent.type(field, '000000');
    await userEvent.click(screen.getByRole('button', { name: 'Go on' }));
    expect((await screen.findByRole('alert')).textContent).toContain('This code is not right.');
    await userEvent.clear(field);
    await userEvent.type(field, '123456{Enter}');

    expect(await screen.findByText('No workers yet')).toBeTruthy();
    expect(codes).toEqual([{ code: '000000' }, { code: '123456' }]);
    expect(router.state.location.pathname).toBe('/workers');
  });

  it('never follows a way back that leads to another site', async () => {
    server.use(
      post(paths.signInCode, () => HttpResponse.json({ return_to: '//evil.example' })),
      get(paths.apps('home'), () => page([])),
    );
    const { router } = renderApp('/sign-in/code');

    await userEvent.type(await screen.findByLabelText('Code'), '123456{Enter}');

    expect(await screen.findByText('Create your first app')).toBeTruthy();
    expect(router.state.location.pathname).toBe('/');
  });

  it('says that the sign-in has to begin again when it took too long', async () => {
    server.use(post(paths.signInCode, () => problem({ status: 401, code: 'sign_in.over', detail: 'Begin again.' })));
    renderApp('/sign-in/code');

    await userEvent.type(await screen.findByLabelText('Code'), '123456{Enter}');

    expect(await screen.findByRole('heading', { name: 'This sign-in took too long' })).toBeTruthy();
  });
});

describe('device code', () => {
  const asked = { client: 'wh on laptop', address: '203.0.113.7', asked_at: '2026-11-21T10:00:00.000Z' };

  it('shows what asks and from where, and confirms it', async () => {
    const sent: unknown[] = [];
    server.use(
      get(paths.deviceRequest('ABCD-EFGH'), () => asked),
      post(paths.deviceDecision, (body) => {
        sent.push(body);
        return HttpResponse.json(asked);
      }),
    );
    renderApp('/device?code=ABCD-EFGH');

    expect(await screen.findByText('203.0.113.7')).toBeTruthy();
    expect(await axeFindings()).toEqual([]);
    await userEvent.click(screen.getByRole('button', { name: 'Confirm' }));

    expect(await screen.findByText(/wh on laptop is signed in as you/)).toBeTruthy();
    expect(sent).toEqual([{ user_code: 'ABCD-EFGH', approve: true }]);
  });

  it('refuses it', async () => {
    server.use(
      get(paths.deviceRequest('ABCD-EFGH'), () => asked),
      post(paths.deviceDecision, (body) => HttpResponse.json({ ...asked, body })),
    );
    renderApp('/device?code=ABCD-EFGH');

    await userEvent.click(await screen.findByRole('button', { name: 'Refuse' }));

    expect(await screen.findByText(/was refused/)).toBeTruthy();
  });

  it('takes a typed code, and another one after one that is unknown', async () => {
    server.use(get(paths.deviceRequest('NONE-NONE'), () => problem({ status: 404, detail: 'This code is not known.' })));
    renderApp('/device');

    await userEvent.type(await screen.findByLabelText('Code'), 'NONE-NONE{Enter}');
    expect(await screen.findByText('This code is not known.')).toBeTruthy();
    await userEvent.click(screen.getByRole('button', { name: 'Enter another code' }));

    expect(await screen.findByLabelText('Code')).toBeTruthy();
  });
});

describe('somebody without an organization', () => {
  it('is told so, and can make one', async () => {
    const nowhere = { ...session(), organization: { id: '', name: '' }, permissions: [] };
    server.use(get(paths.session, () => nowhere));

    renderApp('/');

    expect(await screen.findByRole('heading', { name: 'You belong to no organization' })).toBeTruthy();
    await userEvent.click(screen.getByRole('link', { name: 'Make an organization' }));
    expect(await screen.findByRole('heading', { name: 'New organization' })).toBeTruthy();
  });
});

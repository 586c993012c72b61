import { screen, within } from '@testing-library/react';
import { beforeEach, describe, expect, it } from 'vitest';

import { paths } from '@/api/paths';
import { axeFindings } from '@/test/axe';
import { app } from '@/test/data';
import { renderApp } from '@/test/render-app';
import { get, page, problem, server } from '@/test/server';

const me = (operator: boolean) => ({
  person: { id: 'person-1', name: 'Operator', email: null, is_operator: operator, disabled: false },
  credential: { kind: 'session', id: 's', expires_at: '', scope: 'admin', projects: [], fresh_until: null, second_factor: false },
  totp_on: false,
});
const worker = (capabilities: string[]) => ({ id: 'w-1', name: 'local', state: 'online', capabilities });

beforeEach(() => {
  server.use(
    get(paths.me, () => me(true)),
    get(paths.mailSettings, () => ({ set_up: false, url: '', username: '', has_password: false, sender: '' })),
    get(paths.workers('home'), () => page([worker(['run', 'build', 'edge'])])),
    get(paths.apps('home'), () => page([app()])),
  );
});

const step = async (title: string) => within((await screen.findByRole('heading', { name: new RegExp(title) })).closest('li') as HTMLElement);

describe('setup checklist', () => {
  it('ticks what is there and leads to what is not', async () => {
    renderApp('/getting-started');

    expect((await step('A worker is online')).getByText('Done')).toBeTruthy();
    expect((await step('The first app is created')).getByText('Done')).toBeTruthy();
    expect((await step('It is live')).getByRole('link').getAttribute('href')).toBe('/apps/hello');
    expect((await step('People can sign in')).getByRole('link', { name: 'Connect a provider' }).getAttribute('href')).toBe('/account/installation');
    expect(await screen.findByText('2 of 5 needed steps are done.')).toBeTruthy();
    expect(await axeFindings()).toEqual([]);
  });

  it('says which capability no worker has', async () => {
    server.use(get(paths.workers('home'), () => page([worker(['run'])])));
    renderApp('/getting-started');

    expect((await step('A worker is online')).getByText('None that is online builds them or takes requests.')).toBeTruthy();
  });

  it('leaves out what only an operator can do', async () => {
    server.use(get(paths.me, () => me(false)));
    renderApp('/getting-started');
    await step('A worker is online');

    expect(screen.queryByText('People can sign in')).toBeNull();
    expect(screen.queryByText('Mail goes out')).toBeNull();
  });

  it('says why it cannot be shown', async () => {
    server.use(get(paths.workers('home'), () => problem({ status: 500, title: 'Broken' })));
    renderApp('/getting-started');

    expect(await screen.findByRole('button', { name: 'Try again' })).toBeTruthy();
  });
});

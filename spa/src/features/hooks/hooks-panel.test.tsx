import { screen, within } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { HttpResponse } from 'msw';
import { beforeEach, describe, expect, it } from 'vitest';

import { paths } from '@/api/paths';
import { axeFindings } from '@/test/axe';
import { app } from '@/test/data';
import { renderApp } from '@/test/render-app';
import { del, get, page, post, problem, server } from '@/test/server';

const path = paths.hooks('home', 'hello');
const url = 'http://localhost:7070/hooks/deploy/wh_hook_abcdefghsecret';
const hook = (changes: object = {}) => ({
  id: 'h-1',
  name: 'GitHub',
  prefix: 'wh_hook_abcdefgh',
  created_by: 'Ada',
  created_at: '2026-11-21T09:00:00.000Z',
  expires_at: null,
  last_used_at: '2026-11-21T10:00:00.000Z',
  last_used_from: '203.0.113.7',
  ...changes,
});

beforeEach(() => {
  server.use(get(paths.app('home', 'hello'), () => app()));
});

const panel = async () => within(await screen.findByRole('region', { name: 'Deploy hooks' }));

describe('deploy hooks', () => {
  it('says who made each, when it was used and from where, and which are over', async () => {
    server.use(
      get(path, () =>
        page([hook(), hook({ id: 'h-2', name: 'old', last_used_at: null, last_used_from: null, expires_at: '2020-01-01T00:00:00.000Z' })]),
      ),
    );
    renderApp('/apps/hello/settings');

    const shown = await panel();
    expect(await shown.findByText(/from 203\.0\.113\.7/)).toBeTruthy();
    expect(shown.getByText(/expired 2020-01-01/)).toBeTruthy();
    expect(shown.getByText(/never used/)).toBeTruthy();
    expect(await axeFindings()).toEqual([]);
  });

  it('shows a new address once, with the command that calls it', async () => {
    const sent: unknown[] = [];
    server.use(
      get(path, () => page(sent.length < 2 ? [] : [hook()])),
      post(path, (body) => {
        sent.push(body);
        return sent.length === 1
          ? problem({ status: 422, code: 'invalid', errors: [{ pointer: '/name', message: 'A name has 1 to 100 characters.' }] })
          : HttpResponse.json({ url, hook: hook() }, { status: 201 });
      }),
    );
    renderApp('/apps/hello/settings');
    await userEvent.click((await panel()).getByRole('button', { name: 'Make hook' }));
    const dialog = within(await screen.findByRole('dialog'));

    await userEvent.type(dialog.getByLabelText('Name'), 'GitHub');
    await userEvent.selectOptions(dialog.getByLabelText('Works'), '90 days');
    expect(dialog.getByText('wh hooks create hello GitHub --days 90')).toBeTruthy();
    await userEvent.click(dialog.getByRole('button', { name: 'Make hook' }));
    expect(await dialog.findByText('A name has 1 to 100 characters.')).toBeTruthy();
    await userEvent.click(dialog.getByRole('button', { name: 'Make hook' }));

    expect(await dialog.findByText(url)).toBeTruthy();
    expect(dialog.getByText(`curl -X POST ${url}`)).toBeTruthy();
    expect(dialog.getByRole('button', { name: 'Copy address' })).toBeTruthy();
    expect(sent[1]).toEqual({ name: 'GitHub', days: 90 });
    await userEvent.click(dialog.getByRole('button', { name: 'I have kept it' }));
    expect(await (await panel()).findByText('GitHub')).toBeTruthy();
    expect(screen.queryByText(url)).toBeNull();
  });

  it('revokes one after asking', async () => {
    let there = true;
    server.use(
      get(path, () => page(there ? [hook()] : [])),
      del(paths.hook('home', 'hello', 'h-1'), () => {
        there = false;
        return new HttpResponse(null, { status: 204 });
      }),
    );
    renderApp('/apps/hello/settings');

    await userEvent.click(await (await panel()).findByRole('button', { name: 'Revoke GitHub' }));
    const dialog = within(await screen.findByRole('dialog', { name: 'Revoke GitHub?' }));
    await userEvent.click(dialog.getByRole('button', { name: 'Revoke' }));

    expect(await screen.findByText('The hook is void')).toBeTruthy();
    expect(await (await panel()).findByText(/None yet/)).toBeTruthy();
  });
});

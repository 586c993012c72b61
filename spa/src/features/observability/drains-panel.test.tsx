import { screen, within } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { HttpResponse } from 'msw';
import { beforeEach, describe, expect, it } from 'vitest';

import { paths } from '@/api/paths';
import { axeFindings } from '@/test/axe';
import { app } from '@/test/data';
import { renderApp } from '@/test/render-app';
import { del, get, page, post, problem, server } from '@/test/server';

const path = paths.logDrains('home', 'hello');
const drain = (changes: object = {}) => ({
  id: 'd-1',
  kind: 'http',
  address: 'https://logs.example/in',
  has_token: true,
  state: 'delivering',
  failure: null,
  failing_since: null,
  delivered_at: '2026-11-21T10:00:00.000Z',
  delivered_lines: 7,
  created_at: '2026-11-21T09:00:00.000Z',
  ...changes,
});

beforeEach(() => {
  server.use(get(paths.app('home', 'hello'), () => app()));
});

const panel = async () => within(await screen.findByRole('region', { name: 'Log drains' }));

describe('log drains', () => {
  it('says what arrives and what fails, with the reason', async () => {
    server.use(
      get(path, () =>
        page([
          drain(),
          drain({ id: 'd-2', address: 'syslog+tls://logs.example:6514', has_token: false, failing_since: '2026-11-21T10:00:00.000Z', failure: 'It is away.' }),
        ]),
      ),
    );
    renderApp('/apps/hello/settings');

    const shown = await panel();
    expect(await shown.findByText('https://logs.example/in')).toBeTruthy();
    expect(shown.getByText(/7 lines delivered/)).toBeTruthy();
    expect(shown.getByText(/It is away\./)).toBeTruthy();
    expect(await axeFindings()).toEqual([]);
  });

  it('adds one with its token, and shows a refusal at its field', async () => {
    const sent: unknown[] = [];
    server.use(
      get(path, () => page([])),
      post(path, (body) => {
        sent.push(body);
        return sent.length === 1
          ? problem({ status: 422, code: 'invalid', errors: [{ pointer: '/url', message: 'Only addresses of the public internet.' }] })
          : HttpResponse.json(drain(), { status: 201 });
      }),
    );
    renderApp('/apps/hello/settings');
    await userEvent.click((await panel()).getByRole('button', { name: 'Add drain' }));
    const dialog = within(await screen.findByRole('dialog'));

    await userEvent.type(dialog.getByLabelText('Address'), 'https://10.0.0.1/in');
    await userEvent.click(dialog.getByRole('button', { name: 'Add drain' }));
    expect(await dialog.findByText('Only addresses of the public internet.')).toBeTruthy();
    await userEvent.clear(dialog.getByLabelText('Address'));
    await userEvent.type(dialog.getByLabelText('Address'), 'https://logs.example/in');
    await userEvent.type(dialog.getByLabelText('Token'), 'token-77');
    expect(dialog.getByText('wh drains add hello https://logs.example/in --token -')).toBeTruthy();
    await userEvent.click(dialog.getByRole('button', { name: 'Add drain' }));

    expect(await screen.findByText('The drain was added')).toBeTruthy();
    expect(sent[1]).toEqual({ url: 'https://logs.example/in', token: 'token-77' });
  });

  it('removes one', async () => {
    let there = true;
    server.use(
      get(path, () => page(there ? [drain()] : [])),
      del(paths.logDrain('home', 'hello', 'd-1'), () => {
        there = false;
        return new HttpResponse(null, { status: 204 });
      }),
    );
    renderApp('/apps/hello/settings');

    await userEvent.click(await (await panel()).findByRole('button', { name: 'Remove https://logs.example/in' }));

    expect(await screen.findByText('What it prints is kept on its workers only.')).toBeTruthy();
  });
});

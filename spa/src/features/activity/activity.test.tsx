import { act, screen, waitFor } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { beforeEach, describe, expect, it } from 'vitest';

import { paths } from '@/api/paths';
import { axeFindings } from '@/test/axe';
import { FakeEventSource } from '@/test/fake-event-source';
import { renderApp } from '@/test/render-app';
import { get, page, problem, server } from '@/test/server';

// What the router fetches when it is wanted is here already: a busy machine takes long to read it.
import '../../routes/activity-page';

import { byDay, linesOf, type News } from './lines';

let next = 0;
const news = (kind: string, over: Partial<News> = {}): News => ({
  id: `1-${++next}`,
  at: '2026-11-21T10:00:00.000Z',
  kind,
  app_id: null,
  app_name: null,
  deployment_id: null,
  deployment_number: null,
  replica_id: null,
  worker_id: null,
  worker_name: null,
  data: null,
  ...over,
});
/** The contract says that it is an object, not of what. */
const named = (name: string) => ({ data: { name } }) as unknown as Partial<News>;
const ofApp = { app_id: 'app-1', app_name: 'hello' };

describe('lines of the activity', () => {
  it('tells a deployment once, with the state that it reached', () => {
    const of = { ...ofApp, deployment_id: 'd-1' };

    const told = linesOf([news('deployment.live', of), news('app.created', ofApp), news('deployment.queued', of)]);

    expect(told.map((line) => line.kind)).toEqual(['deployment.live', 'app.created']);
  });

  it('counts repeats in a row, of the same thing only', () => {
    const told = linesOf([news('app.updated', ofApp), news('app.updated', ofApp), news('app.updated', { app_id: 'other' })]);

    expect(told.map((line) => [line.app, line.times])).toEqual([
      ['app-1', 2],
      ['other', 1],
    ]);
  });

  it('keeps days apart', () => {
    const told = linesOf([news('app.updated', { at: '2026-11-21T12:00:00Z' }), news('app.created', { at: '2026-11-19T12:00:00Z' })]);

    expect(byDay(told).map(({ day }) => day)).toEqual(['2026-11-21', '2026-11-19']);
  });
});

describe('activity page', () => {
  const asked: URL[] = [];
  let items: News[] = [];
  beforeEach(() => {
    asked.length = 0;
    server.use(
      get(paths.activity('home'), () => ({ items, next_cursor: '1-1' })),
    );
    server.events.removeAllListeners();
    server.events.on('request:start', ({ request }) => {
      const url = new URL(request.url);
      if (url.pathname === paths.activity('home')) asked.push(url);
    });
  });
  const feed = () => FakeEventSource.all.filter((each) => each.url.includes(paths.feed)).at(-1);

  it('names what happened, leads to it, and reads on', async () => {
    items = [
      news('worker.online', { worker_id: 'w-1', worker_name: 'local' }),
      news('deployment.live', { ...ofApp, deployment_id: 'd-1', deployment_number: 7 }),
      news('app.deleted', { app_id: 'app-9', app_name: 'old' }),
      news('environment.created', named('staging')),
    ];
    renderApp('/activity');

    expect((await screen.findByRole('link', { name: 'hello #7' })).getAttribute('href')).toBe('/apps/hello/deployments/d-1');
    expect(screen.getByRole('link', { name: 'local' })).toBeTruthy();
    expect(screen.queryByRole('link', { name: 'old' })).toBeNull();
    expect(screen.getByText('staging')).toBeTruthy();
    expect(await axeFindings()).toEqual([]);
    server.use(get(paths.activity('home'), () => page([news('member.joined', named('Grace'))])));
    await userEvent.click(screen.getByRole('button', { name: 'Show earlier' }));

    expect(await screen.findByText('Grace')).toBeTruthy();
    expect(asked.at(-1)?.searchParams.get('before')).toBe('1-1');
    expect(await screen.findByText('Nothing older is kept: the feed holds seven days.')).toBeTruthy();
  });

  it('shows what happens while it is looked at', async () => {
    items = [];
    renderApp('/activity');
    expect(await screen.findByText('Nothing happened yet')).toBeTruthy();
    await waitFor(() => expect(feed()).toBeTruthy());

    items = [news('app.created', ofApp)];
    act(() => {
      feed()?.onopen?.();
      feed()?.send('change', { kind: 'app.created', at: '2026-11-21T10:00:00.000Z', app_id: 'app-1' }, '2-1');
    });

    expect(await screen.findByRole('link', { name: 'hello' })).toBeTruthy();
  });

  it('keeps the choice in the address, and asks for that alone', async () => {
    items = [];
    const { router } = renderApp('/activity?show=machines');
    expect(await screen.findByText('Nothing of this kind in the last seven days.')).toBeTruthy();
    expect(asked.at(-1)?.searchParams.get('kind')).toBe('worker.');

    await userEvent.click(screen.getByRole('button', { name: 'All' }));

    await waitFor(() => expect(router.state.location.search).toEqual({}));
    await waitFor(() => expect(asked.at(-1)?.searchParams.has('kind')).toBe(false));
  });

  it('says why there is nothing to see, and that the connection is lost', async () => {
    server.use(get(paths.activity('home'), () => problem({ status: 403, detail: 'Ask an admin.' })));
    renderApp('/activity');
    expect(await screen.findByText('Ask an admin.')).toBeTruthy();

    await waitFor(() => expect(feed()).toBeTruthy());
    act(() => feed()?.onerror?.());

    expect(await screen.findByText('Reconnecting.')).toBeTruthy();
  });
});

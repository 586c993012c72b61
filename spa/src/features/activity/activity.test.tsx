import { act, screen, waitFor } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { beforeEach, describe, expect, it } from 'vitest';

import { paths } from '@/api/paths';
import type { Change } from '@/api/types';
import { axeFindings } from '@/test/axe';
import { app } from '@/test/data';
import { FakeEventSource } from '@/test/fake-event-source';
import { renderApp } from '@/test/render-app';
import { get, page, server } from '@/test/server';

import { add, byDay, type Line } from './lines';

const change = (kind: string, over: Partial<Change> = {}): Change => ({ kind, at: '2026-11-21T10:00:00.000Z', ...over });
const lines = (...changes: Change[]) => changes.reduce<readonly Line[]>((all, each, index) => add(all, each, `1-${index}`), []);

describe('lines of the activity', () => {
  it('tells a deployment once, with the state that it reached', () => {
    const of = { deployment_id: 'd-1', app_id: 'app-1' };
    const told = lines(change('deployment.queued', of), change('app.created'), change('deployment.progress', of), change('deployment.live', { deployment_id: 'd-1' }));

    expect(told.map((line) => line.kind)).toEqual(['deployment.live', 'app.created']);
    expect(told[0]?.app).toBe('app-1');
  });

  it('counts repeats, leaves out the ordinary life of replicas, and takes nothing twice', () => {
    const told = lines(change('app.updated', { app_id: 'a' }), change('app.updated', { app_id: 'a' }), change('replica.healthy'), change('replica.failed'));

    expect(told.map((line) => [line.kind, line.times])).toEqual([
      ['replica.failed', 1],
      ['app.updated', 2],
    ]);
    expect(add(told, change('replica.failed'), '1-3')).toBe(told);
  });

  it('keeps days apart', () => {
    const told = lines(change('app.created', { at: '2026-11-19T12:00:00Z' }), change('app.updated', { at: '2026-11-21T12:00:00Z' }));

    expect(byDay(told).map(({ day }) => day)).toEqual(['2026-11-21', '2026-11-19']);
  });
});

describe('activity page', () => {
  beforeEach(() => {
    server.use(
      get(paths.apps('home'), () => page([app()])),
      get(paths.workers('home'), () => page([{ id: 'w-1', name: 'local', state: 'online', capabilities: [] }])),
    );
  });
  const feed = () => FakeEventSource.all.filter((each) => each.url.includes(paths.orgFeed('home'))).at(-1);
  const ready = async () => {
    await waitFor(() => expect(feed()).toBeTruthy());
    act(() => feed()?.send('ready', {}, '3000-5'));
    await waitFor(() => expect(feed()?.url).toContain('cursor=0-0'));
    act(() => feed()?.onopen?.());
  };

  it('reads what is kept, follows what happens, and leads to it', async () => {
    renderApp('/activity');
    expect(await screen.findByRole('status', { name: 'Loading activity' })).toBeTruthy();
    await ready();

    act(() => feed()?.send('change', change('worker.online', { worker_id: 'w-1' }), '10-1'));
    act(() => feed()?.send('change', change('deployment.live', { app_id: 'app-1', deployment_id: 'd-1' }), '3000-1'));

    const link = await screen.findByRole('link', { name: 'hello' });
    expect(link.getAttribute('href')).toBe('/apps/hello/deployments/d-1');
    expect(await screen.findByText('Nothing older is kept: the feed holds seven days.')).toBeTruthy();
    expect(screen.getByRole('link', { name: 'local' })).toBeTruthy();
    expect(await axeFindings()).toEqual([]);
  });

  it('keeps the choice in the address', async () => {
    const { router } = renderApp('/activity?show=machines');
    await ready();
    act(() => feed()?.send('change', change('app.created', { app_id: 'app-1' }), '3001-1'));
    expect(await screen.findByText('Nothing happened yet')).toBeTruthy();

    await userEvent.click(screen.getByRole('button', { name: 'All' }));

    expect(await screen.findByRole('link', { name: 'hello' })).toBeTruthy();
    expect(router.state.location.search).toEqual({});
  });

  it('says that the connection is lost', async () => {
    renderApp('/activity');
    await ready();

    act(() => feed()?.onerror?.());

    expect(await screen.findByText('Reconnecting.')).toBeTruthy();
  });
});

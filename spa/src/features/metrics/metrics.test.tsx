import { screen, within } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { delay, http, HttpResponse } from 'msw';
import { beforeEach, describe, expect, it } from 'vitest';

import { paths } from '@/api/paths';
import { axeFindings } from '@/test/axe';
import { app, deployment } from '@/test/data';
import { renderApp } from '@/test/render-app';
import { get, page, problem, server } from '@/test/server';

import { forgetWindows } from './api';
import { extend, level, rate, windowMs, type Sample, type Traffic } from './window';

const traffic = (over: Partial<Traffic> = {}): Traffic => ({
  edges: 1,
  requests: 100,
  in_flight: 2,
  errors: { app: 0, connect: 0, response: 0, unserved: 0 },
  aborted: 0,
  retries: 0,
  limited: 0,
  p50_ms: 4,
  p99_ms: 20,
  replicas: [],
  ...over,
});
const sample = (at: number, over: Partial<Traffic> = {}): Sample => ({ at, traffic: traffic(over) });
const requests = ({ requests: count }: Traffic) => count;

describe('window of samples', () => {
  it('turns counters into rates', () => {
    expect(rate([sample(0, { requests: 10 }), sample(5000, { requests: 60 })], requests)).toEqual([[5000, 10]]);
  });

  it('has a gap where a counter began anew, an edge came or nothing was read for long', () => {
    const gapOf = (after: Sample) => rate([sample(0, { requests: 50 }), after], requests)[0]?.[1];

    expect(gapOf(sample(5000, { requests: 3 }))).toBeNull();
    expect(gapOf(sample(5000, { requests: 60, edges: 2 }))).toBeNull();
    expect(gapOf(sample(60_000, { requests: 60 }))).toBeNull();
    expect(level([sample(0), sample(60_000)], ({ p50_ms: value }) => value)).toEqual([[0, 4], [59_999, null], [60_000, 4]]);
  });

  it('forgets what is older than it', () => {
    const kept = extend(extend([], sample(0)), sample(windowMs + 1));

    expect(kept.map(({ at }) => at)).toEqual([windowMs + 1]);
    expect(extend(kept, sample(windowMs))).toBe(kept);
  });
});

describe('metrics page', () => {
  beforeEach(() => {
    forgetWindows();
    server.use(
      get(paths.app('home', 'hello'), () => app()),
      get(paths.replicas('home', 'hello'), () => page([])),
      http.get(`*${paths.app('home', 'hello')}/metrics`, () => HttpResponse.json({ replicas: [] })),
      get(paths.appAction('home', 'hello', 'deployments'), () => page([deployment({ number: 7, live_at: new Date().toISOString() })])),
    );
  });

  it('draws charts with their values in words and the deployments marked', async () => {
    server.use(get(paths.traffic('home', 'hello'), () => traffic()));
    renderApp('/apps/hello/metrics');

    const latency = within(await screen.findByRole('region', { name: 'Latency' }));
    expect(latency.getByRole('slider').getAttribute('aria-valuetext')).toContain('Median 4 ms');
    expect((await latency.findByRole('link', { name: 'Deployment 7 went live' })).getAttribute('href')).toBe('/apps/hello/deployments/deployment-1');
    expect(screen.getByText('Counted since the edges began')).toBeTruthy();
    expect(await axeFindings()).toEqual([]);
  });

  it('keeps the choice of lines in the address', async () => {
    server.use(get(paths.traffic('home', 'hello'), () => traffic()));
    const { router } = renderApp('/apps/hello/metrics');

    await userEvent.click(await screen.findByRole('button', { name: 'Replicas' }));

    expect(await screen.findByRole('button', { name: 'Replicas', pressed: true })).toBeTruthy();
    expect(router.state.location.search).toEqual({ lines: 'replicas' });
  });

  it('says that nothing was counted, that it loads, and why it cannot be seen', async () => {
    server.use(get(paths.traffic('home', 'hello'), () => traffic({ edges: 0 })));
    renderApp('/apps/hello/metrics');
    expect(await screen.findByText('No traffic was counted yet')).toBeTruthy();

    forgetWindows();
    server.use(get(paths.traffic('home', 'hello'), () => problem({ status: 403, detail: 'Your role does not allow it.' })));
    renderApp('/apps/hello/metrics');
    expect(await screen.findByText('Your role does not allow it.')).toBeTruthy();

    server.use(http.get(`*${paths.traffic('home', 'hello')}`, () => delay('infinite')));
    renderApp('/apps/hello/metrics');
    expect(await screen.findByRole('status', { name: 'Loading metrics' })).toBeTruthy();
  });
});

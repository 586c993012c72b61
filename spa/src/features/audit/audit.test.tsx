import { screen, within } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { http, HttpResponse } from 'msw';
import { describe, expect, it, vi } from 'vitest';

import { paths } from '@/api/paths';
import * as files from '@/lib/save-file';
import { axeFindings } from '@/test/axe';
import { app } from '@/test/data';
import { renderApp } from '@/test/render-app';
import { get, problem, server } from '@/test/server';

import { differences } from './differences';
import { memberStart, rawItems } from './export';

const event = (over: object = {}) => ({
  id: 'e1',
  at: '2026-11-21T10:00:00.000Z',
  actor: { kind: 'person', id: 'p1', name: 'Ada', credential: 'session' },
  action: 'app.scale',
  object_kind: 'app',
  object_id: 'hello',
  app_id: 'app-1',
  address: '203.0.113.7',
  user_agent: null,
  request_id: 'req-7',
  before: { desired_replicas: 1, name: 'hello' },
  after: { desired_replicas: 3, name: 'hello' },
  sequence: 41,
  sealed_at: '2026-11-21T10:00:00.200Z',
  ...over,
});
const head = { chain: 'o1', sequence: 41, hash: 'ab'.repeat(32), at_us: 1_795_000_000_000_000, key_id: 'k1', public_key: 'x', signature: 'y' };

/** The log, and the query strings that it was asked with. */
function serve(items: unknown[], next: string | null = null): string[] {
  const asked: string[] = [];
  server.use(
    http.get(`*${paths.audit('home')}`, ({ request }) => {
      asked.push(new URL(request.url).search);
      return HttpResponse.json({ items, next_cursor: asked.length === 1 ? next : null });
    }),
    get(paths.auditHead('home'), () => head),
  );
  return asked;
}

describe('audit log', () => {
  it('says who did what from where, what was before and after, and whether it is sealed', async () => {
    serve([event(), event({ id: 'e2', action: 'app.delete.refused', before: null, after: null, sequence: null, sealed_at: null })]);
    renderApp('/audit');

    const [first, second] = within(await screen.findByRole('list', { name: 'Events' })).getAllByRole('listitem');
    if (!first || !second) throw new Error('two events are missing');
    expect(within(first).getByText('Ada')).toBeTruthy();
    expect(within(first).getByText('203.0.113.7')).toBeTruthy();
    expect(within(first).getByText('sealed, no. 41')).toBeTruthy();
    const changed = within(within(first).getByRole('table', { hidden: true })).getAllByRole('row', { hidden: true });
    expect(changed.map((row) => row.textContent)).toEqual(['WhatBeforeAfter', 'desired_replicas13']);
    expect(within(second).getByText('(refused)')).toBeTruthy();
    expect(within(second).getByText('waits for its seal')).toBeTruthy();
    expect(await screen.findByText('41 events')).toBeTruthy();
    expect(await axeFindings()).toEqual([]);
  });

  it('asks the server for what was searched, keeps it in the address, and reads on', async () => {
    const asked = serve([event()], '1-e1');
    const { router } = renderApp('/audit?actor=Ada');
    await screen.findByRole('list', { name: 'Events' });
    expect(asked[0]).toBe('?limit=50&actor=Ada');

    await userEvent.click(screen.getByRole('button', { name: 'Show earlier' }));
    await vi.waitFor(() => expect(asked[1]).toBe('?limit=50&actor=Ada&cursor=1-e1'));
    await userEvent.type(screen.getByLabelText('What'), 'app.');
    await userEvent.click(screen.getByRole('button', { name: 'Search' }));

    await vi.waitFor(() => expect(asked.at(-1)).toBe('?limit=50&actor=Ada&action=app.'));
    expect(router.state.location.search).toEqual({ actor: 'Ada', action: 'app.' });
  });

  it('shows what happened to one app by its id', async () => {
    const asked = serve([]);
    server.use(get(paths.app('home', 'hello'), () => app()));
    renderApp('/apps/hello/audit');

    expect(await screen.findByText('Nothing that fits.')).toBeTruthy();
    expect(asked[0]).toBe('?limit=50&app_id=app-1');
  });

  it('says that the log may not be seen', async () => {
    server.use(
      get(paths.audit('home'), () => problem({ status: 403, detail: 'Your role does not allow it.' })),
      get(paths.auditHead('home'), () => problem({ status: 403, detail: 'Your role does not allow it.' })),
    );

    renderApp('/audit');

    await vi.waitFor(() => expect(screen.getAllByText('You may not see this')).toHaveLength(2), 15_000);
  });

  it('exports the sealed events as they were sent, byte for byte', async () => {
    serve([]);
    const first = '{"sequence":1,"event":{"before":{"a": 1.0},"after":null,"id":"e\\"]1"}}';
    const waiting = '{"sequence":0,"event":{"id":"e2"}}';
    const text = `{"chain":"o1","keys":[{"id":"k1"}],"items":[${first}, ${waiting}],"next_cursor":null,"head":${JSON.stringify(head)}}`;
    const saved = vi.spyOn(files, 'saveFile').mockReturnValue(undefined);
    server.use(http.get(`*${paths.auditChain('home')}`, () => new HttpResponse(text, { headers: { 'content-type': 'application/json' } })));
    renderApp('/audit');

    await userEvent.click(await screen.findByRole('button', { name: 'Export as JSON lines' }));

    expect(await screen.findByText(/1 event saved/)).toBeTruthy();
    const lines = (await (saved.mock.calls[0]?.[0] as Blob).text()).split('\n');
    expect(lines[0]).toBe('{"format":"wisehosting-audit/1","chain":"o1","keys":[{"id":"k1"}]}');
    expect(lines[1]).toBe(first);
    expect(JSON.parse(lines[2] ?? '')).toEqual({ head });
    expect(lines.slice(3)).toEqual(['']);
  });
});

describe('as CSV', () => {
  it('saves what was searched, whole', async () => {
    serve([event()]);
    const asked: string[] = [];
    const saved = vi.spyOn(files, 'saveFile').mockReturnValue(undefined);
    server.use(
      http.get(`*${paths.auditExport('home')}`, ({ request }) => {
        asked.push(new URL(request.url).search);
        return new HttpResponse("at,action\r\nnow,'=1\r\n", { headers: { 'content-type': 'text/csv' } });
      }),
    );
    renderApp('/audit?actor=Ada');

    await userEvent.click(await screen.findByRole('button', { name: 'Save as CSV' }));

    await vi.waitFor(() => expect(saved).toHaveBeenCalled());
    expect(asked).toEqual(['?format=csv&actor=Ada']);
    const [blob, name] = saved.mock.lastCall ?? [];
    expect(await blob?.text()).toBe("at,action\r\nnow,'=1\r\n");
    expect(name).toMatch(/^audit-home-\d{4}-\d\d-\d\d\.csv$/);
  });
});

describe('rawItems', () => {
  it('finds the outermost member only, whatever stands in strings', () => {
    const text = '{"x":{"items":[1]},"s":"\\"items\\":[9]","n":-1.5e3,"items":[ {"a":"]}"} , [2,[3]] ]}';
    expect(rawItems(text, 'items')).toEqual(['{"a":"]}"}', '[2,[3]]']);
  });

  it('finds nothing where there is nothing', () => {
    expect(rawItems('{"items":[]}', 'items')).toEqual([]);
    expect(rawItems('{}', 'items')).toEqual([]);
    expect(memberStart('{"items":null}', 'items')).toBe(-1);
  });
});

describe('differences', () => {
  it('names what was added, changed and removed, by its path', () => {
    expect(differences({ a: 1, b: { c: 'x', d: 'y' } }, { b: { c: 'z', d: 'y' }, e: [1] })).toEqual([
      { path: 'a', before: '1', after: null },
      { path: 'b.c', before: 'x', after: 'z' },
      { path: 'e', before: null, after: '[1]' },
    ]);
    expect(differences(null, null)).toEqual([]);
  });
});

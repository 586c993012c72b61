import { readFileSync } from 'node:fs';
import path from 'node:path';
import { runInThisContext } from 'node:vm';

import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';

const program = readFileSync(path.resolve('public/first.js'), 'utf8');
/** What public/first.js does, in the page as it is now. */
const run = () => void runInThisContext(program);
const dark = () => document.documentElement.classList.contains('dark');
const asked = () => Object.keys((window as unknown as { whAsked: object }).whAsked);
const session = () => Promise.resolve(Response.json({ organization: { slug: 'acme' } }));

beforeEach(() => {
  localStorage.clear();
  window.history.replaceState(null, '', '/');
  vi.stubGlobal('fetch', vi.fn(session));
  vi.stubGlobal('matchMedia', () => ({ matches: false }));
});
afterEach(() => vi.unstubAllGlobals());

describe('before the first paint', () => {
  it('the chosen theme is there, whatever the system has', () => {
    localStorage.setItem('wh.theme', 'dark');
    run();
    expect(dark()).toBe(true);

    vi.stubGlobal('matchMedia', () => ({ matches: true }));
    localStorage.setItem('wh.theme', 'light');
    run();
    expect(dark()).toBe(false);
    localStorage.removeItem('wh.theme');
    run();
    expect(dark()).toBe(true);
  });

  it('the overview is asked for behind the session that names its organization', async () => {
    run();

    await vi.waitFor(() => expect(asked()).toContain('/api/v1/orgs/acme/apps?limit=50'));
    expect(asked()[0]).toBe('/api/v1/session');
  });

  it('the organization that was chosen in this browser is not waited for', () => {
    localStorage.setItem('wh.organization', 'other');
    run();

    expect(asked()).toEqual([
      '/api/v1/session',
      '/api/v1/orgs/other/apps?limit=50',
      '/api/v1/orgs/other/workers?limit=100',
      '/api/v1/orgs/other/workers/metrics',
    ]);
  });

  it('nothing but the session is asked for elsewhere, and nothing at all on the way in', async () => {
    window.history.replaceState(null, '', '/apps/hello');
    run();
    expect(asked()).toEqual(['/api/v1/session']);

    window.history.replaceState(null, '', '/setup');
    run();
    await Promise.resolve();
    expect(asked()).toEqual([]);
  });
});

import { afterEach, expect, it, vi } from 'vitest';

afterEach(() => {
  vi.resetModules();
  vi.unstubAllGlobals();
});

/** The client of a page in which public/first.js asked this already. */
async function clientWith(asked: Record<string, Promise<Response>>) {
  vi.resetModules();
  vi.stubGlobal('whAsked', asked);
  return import('./client');
}

it('takes an answer that was asked for before the program was there, once', async () => {
  const fetched = vi.spyOn(globalThis, 'fetch').mockImplementation(() => Promise.resolve(Response.json({ from: 'later' })));
  const { request } = await clientWith({ '/api/v1/session': Promise.resolve(Response.json({ from: 'first' })) });

  expect(await request('/api/v1/session')).toEqual({ from: 'first' });
  expect(fetched).not.toHaveBeenCalled();
  expect(await request('/api/v1/session')).toEqual({ from: 'later' });
});

it('asks anew where the first question failed, or is too old', async () => {
  vi.spyOn(globalThis, 'fetch').mockImplementation(() => Promise.resolve(Response.json({ from: 'later' })));
  const failed = Promise.reject(new TypeError('no connection'));
  failed.catch(() => {});
  const { request } = await clientWith({ '/a': failed, '/b': Promise.resolve(Response.json({ from: 'first' })) });

  await expect(request('/a')).rejects.toMatchObject({ status: 0 });
  expect(await request('/a')).toEqual({ from: 'later' });
  vi.spyOn(performance, 'now').mockReturnValue(60_000);
  expect(await request('/b')).toEqual({ from: 'later' });
});

import { http, HttpResponse } from 'msw';
import { setupServer } from 'msw/node';

import { paths } from '@/api/paths';
import type { Problem } from '@/api/types';

import { session } from './data';

const anywhere = (path: string) => `*${path}`;

/** A problem document, as the server writes it. */
export const problem = (body: Partial<Problem> & { status: number }) =>
  HttpResponse.json(
    { type: 'about:blank', title: 'Refused', code: 'refused', request_id: 'req-1', ...body },
    { status: body.status, headers: { 'content-type': 'application/problem+json' } },
  );

export const get = (path: string, body: () => unknown) =>
  http.get(anywhere(path), () => {
    const answer = body();
    return answer instanceof Response ? answer : HttpResponse.json(answer as object);
  });

export const page = <T>(items: T[]) => ({ items, next_cursor: null });

export const post = (path: string, answer: (body: unknown, request: Request) => Response) =>
  http.post(anywhere(path), async ({ request }) => answer(await request.clone().json(), request));

const other =
  (method: 'put' | 'patch' | 'delete') => (path: string, answer: (body: unknown, request: Request) => Response) =>
    http[method](anywhere(path), async ({ request }) => {
      const body: unknown = method === 'delete' ? null : await request.clone().json();
      return answer(body, request);
    });

export const put = other('put');
export const patch = other('patch');
export const del = other('delete');

/** Somebody is signed in; everything else is said by each test. */
export const server = setupServer(
  get(paths.session, () => session()),
  // Read where the organization's role does not allow something: a role in one project may.
  get(paths.members('home'), () => page([])),
  get(paths.projects('home'), () => page([])),
  // Read by the clock wherever machines are shown.
  get(paths.workersUsage('home'), () => page([])),
  // Beside each page of an app.
  get('/apps/:app/environments', () => page([])),
  get('/apps/:app/log-drains', () => page([])),
  get('/apps/:app/hooks', () => page([])),
  get(paths.signIn, () => ({ ready: false, issuer: null, is_google: false })),
);

import { takeFirstAnswer } from './first-answers';
import type { Problem } from './types';

/** What the server refused, or why it could not be asked. `status` 0 means that no answer came. */
export class ApiError extends Error {
  readonly status: number;
  readonly code: string;
  readonly title: string;
  readonly fields: { pointer: string; message: string }[];
  readonly requestId: string | undefined;

  constructor(problem: Problem) {
    super(problem.detail ?? problem.title);
    this.name = 'ApiError';
    this.status = problem.status;
    this.code = problem.code;
    this.title = problem.title;
    this.fields = problem.errors ?? [];
    this.requestId = problem.request_id;
  }

  /** True where the outcome of a write is unknown, so that a retry must carry the same idempotency key. */
  get outcomeUnknown(): boolean {
    return this.status === 0 || this.status >= 500;
  }
}

const unreachable: Problem = {
  title: 'The control plane did not answer',
  detail: 'No connection to the control plane. It may be restarting; this page tries again by itself.',
  status: 0,
  code: 'unreachable',
};

function isProblem(value: unknown): value is Problem {
  return typeof value === 'object' && value !== null && 'title' in value && 'code' in value && 'status' in value;
}

async function toApiError(response: Response): Promise<ApiError> {
  const requestId = response.headers.get('x-request-id');
  const body: unknown = await response.json().catch(() => null);
  const problem: Problem = isProblem(body)
    ? body
    : {
        title: `The control plane answered ${String(response.status)}`,
        detail: response.status >= 500 ? 'Something broke on the server. Its log has the details.' : 'The answer was not understood.',
        status: response.status,
        code: 'http',
      };
  return new ApiError(requestId && !problem.request_id ? { ...problem, request_id: requestId } : problem);
}

export interface RequestOptions {
  method?: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  body?: unknown;
  signal?: AbortSignal | undefined;
  /** Kept by the caller for a retry of the same action; without it each write gets a fresh one. */
  idempotencyKey?: string | undefined;
}

/** Sends a request with the session cookie; throws ApiError for everything but 2xx. */
export async function send(path: string, options: RequestOptions = {}): Promise<Response> {
  const method = options.method ?? 'GET';
  const headers = new Headers({ Accept: 'application/json' });
  if (method !== 'GET') {
    headers.set('X-WH-CSRF', '1');
    headers.set('Idempotency-Key', options.idempotencyKey ?? newIdempotencyKey());
  }
  const init: RequestInit = { method, headers, credentials: 'same-origin', cache: 'no-store' };
  if (options.body !== undefined) {
    headers.set('Content-Type', 'application/json');
    init.body = JSON.stringify(options.body);
  }
  if (options.signal) init.signal = options.signal;

  let response: Response;
  try {
    response = await ((method === 'GET' ? takeFirstAnswer(path) : undefined) ?? fetch(path, init));
  } catch (cause) {
    if (options.signal?.aborted) throw cause;
    throw new ApiError(unreachable);
  }
  if (!response.ok) throw await toApiError(response);
  return response;
}

/** As send(), with the JSON body as T; T is the contract's view and not checked at run time. */
export async function request<T>(path: string, options: RequestOptions = {}): Promise<T> {
  const response = await send(path, options);
  if (response.status === 204) return undefined as T;
  return (await response.json()) as T;
}

/** crypto.randomUUID exists in secure contexts only; a dashboard behind plain HTTP on a name still has getRandomValues. */
export function newIdempotencyKey(): string {
  if (typeof crypto.randomUUID === 'function') return crypto.randomUUID();
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');
}

import http from 'node:http';

export interface Answer {
  status: number;
  headers: http.IncomingHttpHeaders;
  text: string;
}

interface Options {
  method?: string;
  headers?: Record<string, string>;
  body?: unknown;
  socketPath?: string;
}

/** One HTTP request. `*.localhost` always means loopback, as in a browser. */
export function request(url: string, { method = 'GET', headers = {}, body, socketPath }: Options = {}): Promise<Answer> {
  const { hostname, port, pathname, search, host } = new URL(url);
  const payload = body === undefined ? undefined : JSON.stringify(body);
  return new Promise((done, failed) => {
    const outgoing = http.request(
      {
        ...(socketPath ? { socketPath } : { host: hostname.endsWith('localhost') ? '127.0.0.1' : hostname, port }),
        method,
        path: pathname + search,
        headers: { host, ...(payload === undefined ? {} : { 'content-type': 'application/json' }), ...headers },
        timeout: 30_000,
        agent: false,
      },
      (incoming) => {
        const chunks: Buffer[] = [];
        incoming.on('data', (chunk: Buffer) => chunks.push(chunk));
        incoming.on('end', () => done({ status: incoming.statusCode ?? 0, headers: incoming.headers, text: Buffer.concat(chunks).toString() }));
        incoming.on('error', failed);
      },
    );
    outgoing.on('timeout', () => outgoing.destroy(new Error(`no answer from ${url}`)));
    outgoing.on('error', failed);
    outgoing.end(payload);
  });
}

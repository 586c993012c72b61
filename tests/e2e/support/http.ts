import http from 'node:http';

export interface Answer {
  status: number;
  headers: http.IncomingHttpHeaders;
  text: string;
  bytes: Buffer;
}

interface Options {
  method?: string;
  headers?: Record<string, string>;
  /** Bytes as they are; anything else as JSON. */
  body?: unknown;
  socketPath?: string;
  /** Instead of the URL's path, byte by byte: nothing is normalised. */
  rawPath?: string;
}

/** One HTTP request. `*.localhost` always means loopback, as in a browser. */
export function request(url: string, { method = 'GET', headers = {}, body, socketPath, rawPath }: Options = {}): Promise<Answer> {
  const { hostname, port, pathname, search, host } = new URL(url);
  const payload = body === undefined || Buffer.isBuffer(body) ? body : JSON.stringify(body);
  const type = Buffer.isBuffer(body) ? 'application/octet-stream' : 'application/json';
  return new Promise((done, failed) => {
    const outgoing = http.request(
      {
        ...(socketPath ? { socketPath } : { host: hostname.endsWith('localhost') ? '127.0.0.1' : hostname, port }),
        method,
        path: rawPath ?? pathname + search,
        headers: { host, ...(payload === undefined ? {} : { 'content-type': type }), ...headers },
        timeout: 30_000,
        agent: false,
      },
      (incoming) => {
        const chunks: Buffer[] = [];
        incoming.on('data', (chunk: Buffer) => chunks.push(chunk));
        incoming.on('end', () => {
          const bytes = Buffer.concat(chunks);
          done({ status: incoming.statusCode ?? 0, headers: incoming.headers, text: bytes.toString(), bytes });
        });
        incoming.on('error', failed);
      },
    );
    outgoing.on('timeout', () => outgoing.destroy(new Error(`no answer from ${url}`)));
    outgoing.on('error', failed);
    outgoing.end(payload);
  });
}

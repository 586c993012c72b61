import http from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { Transform } from 'node:stream';

/** Stands between a browser or `wh` and the control plane, so that a test can cut the line, or make it slow. */
export class Relay {
  private readonly sockets = new Set<Socket>();
  private isCut = false;
  private bytesPerSecond = Infinity;
  private sent = 0;
  private watch: { at: number; then: () => void } | undefined;
  private readonly server: http.Server;

  private constructor(private readonly target: string) {
    this.server = http.createServer((request, response) => this.pass(request, response));
    this.server.on('connection', (socket: Socket) => {
      if (this.isCut) socket.destroy();
      this.sockets.add(socket);
      socket.on('close', () => this.sockets.delete(socket));
      socket.on('error', () => socket.destroy());
    });
  }

  /** `target`: host and port of the dashboard. */
  static async start(target: string): Promise<Relay> {
    const relay = new Relay(target);
    await new Promise<void>((done) => relay.server.listen(0, '127.0.0.1', done));
    return relay;
  }

  /** Where the browser goes: cookies know no ports, so it is signed in here as there. */
  get address(): string {
    return `http://localhost:${(this.server.address() as AddressInfo).port}`;
  }
  cut(): void {
    this.isCut = true;
    for (const socket of this.sockets) socket.destroy();
  }
  mend(): void {
    this.isCut = false;
  }
  /** From now on no request's body comes faster. */
  slow(bytesPerSecond: number): void {
    this.bytesPerSecond = bytesPerSecond;
  }
  /** Once so many more bytes of requests' bodies have passed. */
  afterBytes(bytes: number, then: () => void): void {
    this.watch = { at: this.sent + bytes, then };
  }
  stop(): Promise<void> {
    this.cut();
    return new Promise((done) => this.server.close(() => done()));
  }

  /** What a request's body passes through. */
  private line(): Transform {
    return new Transform({
      transform: (piece: Buffer, _encoding, done) => {
        this.sent += piece.length;
        if (this.watch && this.sent >= this.watch.at) {
          const { then } = this.watch;
          this.watch = undefined;
          then();
        }
        setTimeout(() => done(null, piece), (piece.length * 1000) / this.bytesPerSecond);
      },
    });
  }

  /** As if it had been asked of the dashboard itself, which takes requests in its own name only. */
  private pass(request: http.IncomingMessage, response: http.ServerResponse): void {
    const headers = { ...request.headers, host: this.target };
    const port = this.target.split(':')[1];
    const outgoing = http.request({ host: '127.0.0.1', port, method: request.method, path: request.url, headers }, (incoming) => {
      response.writeHead(incoming.statusCode ?? 502, incoming.headers);
      incoming.pipe(response);
      incoming.on('error', () => response.destroy());
    });
    outgoing.on('error', () => response.destroy());
    response.on('close', () => outgoing.destroy());
    request.pipe(this.line()).pipe(outgoing);
  }
}

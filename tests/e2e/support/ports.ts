import net from 'node:net';

function isFree(port: number): Promise<boolean> {
  return new Promise((done) => {
    const server = net.createServer();
    server.once('error', () => done(false));
    server.listen(port, '127.0.0.1', () => server.close(() => done(true)));
  });
}

/** An offset at which no other installation stands. */
export async function freeOffset(): Promise<number> {
  for (let offset = 300; offset <= 1200; offset += 100) {
    const ports = [7070, 7071, 7080, 7050].map((port) => port + offset);
    if ((await Promise.all([...ports, 20_000 + 10 * offset].map(isFree))).every(Boolean)) return offset;
  }
  throw new Error('no free ports');
}

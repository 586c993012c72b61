import { spawn, type ChildProcess } from 'node:child_process';
import { join } from 'node:path';

import { eventually, must, repository, run } from './processes.js';

const folder = join(repository, 'tests/support/peers');

/** A program of tests/support/peers, in a process of its own until `stop`. */
export class Peer {
  private readonly lines: string[] = [];
  private readonly child: ChildProcess;

  private constructor(args: string[]) {
    this.child = spawn('node', ['--no-warnings', ...args], { cwd: folder, stdio: ['ignore', 'pipe', 'inherit'] });
    let rest = '';
    this.child.stdout!.on('data', (chunk: Buffer) => {
      const pieces = (rest + chunk.toString()).split('\n');
      rest = pieces.pop() ?? '';
      this.lines.push(...pieces);
    });
    process.once('exit', () => this.stop());
  }

  /** `args`: script and flags. Installs what the peers need, from their lock file, and waits until it listens. */
  static async start(...args: string[]): Promise<Peer> {
    const installed = await run('npm', ['ls', '--prefix', folder, '--depth=0']);
    if (installed.code !== 0) await must('npm', ['ci', '--prefix', folder, '--no-audit', '--no-fund']);
    const peer = new Peer(args);
    await peer.line((line) => line.startsWith('listening '));
    return peer;
  }

  /** What it printed behind `listening`: an address or a port. */
  get place(): string {
    return this.lines[0]!.replace('listening ', '');
  }
  /** The first line it printed that is wanted. */
  line(wanted: (line: string) => boolean): Promise<string> {
    return eventually('a line of the peer', () => {
      if (this.child.exitCode !== null) throw new Error(`it ended with ${this.child.exitCode}`);
      return this.lines.find(wanted);
    });
  }
  stop(): void {
    this.child.kill('SIGKILL');
  }
}

export interface Mail {
  from: string;
  to: string[];
  subject: string;
  text: string;
}

/** What smtp_server.mjs prints of a mail that the control plane wrote: one part, base64. */
function readMail(line: string): Mail {
  const { from, to, text } = JSON.parse(line) as { from: string; to: string[]; text: string };
  const [head = '', ...body] = text.split('\r\n\r\n');
  const subject = /^Subject: (.*(?:\r\n[ \t].*)*)/m.exec(head)?.[1] ?? '';
  const words = subject.replace(/=\?UTF-8\?B\?([^?]*)\?=\s*/g, (_, word: string) => Buffer.from(word, 'base64').toString());
  return { from, to, subject: words, text: Buffer.from(body.join(''), 'base64').toString() };
}

/** The first mail to this address whose subject matches. */
export async function mailTo(server: Peer, address: string, subject: RegExp): Promise<Mail> {
  const matches = (line: string) => {
    if (!line.startsWith('{')) return false;
    const mail = readMail(line);
    return mail.to.includes(address) && subject.test(mail.subject);
  };
  return readMail(await server.line(matches));
}

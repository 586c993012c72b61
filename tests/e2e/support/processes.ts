import { execFile, spawn, type ChildProcess } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { availableParallelism, loadavg } from 'node:os';
import { dirname, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

export const repository = resolve(dirname(fileURLToPath(import.meta.url)), '../../..');

export interface Ended {
  code: number;
  stdout: string;
  stderr: string;
}

/** Runs a program to its end; never throws on an exit code. */
export function run(program: string, args: string[], env: NodeJS.ProcessEnv = process.env, timeoutMs = 120_000): Promise<Ended> {
  return new Promise((done) => {
    execFile(program, args, { env, timeout: timeoutMs, maxBuffer: 64 << 20 }, (error, stdout, stderr) => {
      const code = error ? (typeof error.code === 'number' ? error.code : 255) : 0;
      done({ code, stdout, stderr });
    });
  });
}

/** The same, but an exit code other than 0 is an error with the output in it. */
export async function must(program: string, args: string[], env: NodeJS.ProcessEnv = process.env, timeoutMs = 120_000): Promise<string> {
  const ended = await run(program, args, env, timeoutMs);
  if (ended.code !== 0) {
    throw new Error(`${program} ${args.join(' ')} ended with ${ended.code}\n${ended.stdout}\n${ended.stderr}`);
  }
  return ended.stdout;
}

/** `wh` with a home of its own, as a person runs it; `says` waits for words on either of its streams. */
export function whFrom(program: string, home: string, args: string[]): { says: (words: RegExp) => Promise<string>; ended: Promise<Ended> } {
  const child = spawn(program, args, { stdio: ['ignore', 'pipe', 'pipe'], env: { PATH: process.env.PATH, WISEHOSTING_CLI_HOME: home } });
  const texts = { stdout: '', stderr: '' };
  for (const stream of ['stdout', 'stderr'] as const) child[stream].on('data', (chunk: Buffer) => (texts[stream] += chunk.toString()));
  const ended = new Promise<Ended>((done, failed) => {
    child.on('error', failed);
    child.on('close', (code) => done({ code: code ?? 255, ...texts }));
  });
  const says = (words: RegExp) =>
    eventually(`wh says ${words}`, () => {
      const text = texts.stdout + texts.stderr;
      return words.test(text) ? text : undefined;
    });
  return { says, ended };
}

/** Starts a server that prints one line when it is ready; resolves with that line. It ends with this process. */
export function serve(program: string, args: string[]): Promise<{ child: ChildProcess; line: string }> {
  return new Promise((done, failed) => {
    const child = spawn(program, args, { stdio: ['pipe', 'pipe', 'inherit'] });
    let text = '';
    child.stdout.on('data', (chunk: Buffer) => {
      text += chunk.toString();
      const end = text.indexOf('\n');
      if (end >= 0) done({ child, line: text.slice(0, end) });
    });
    child.on('error', failed);
    child.on('exit', (code) => failed(new Error(`${program} ended with ${String(code)}`)));
  });
}

/** Field 22 of /proc/PID/stat, or "" when the process is gone. */
export function startTime(pid: number): string {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return fields[0] === 'Z' || fields[0] === 'X' ? '' : (fields[19] ?? '');
  } catch {
    return '';
  }
}

/** A bound that holds where there is a processor for everybody, longer by how many have wanted one in the last minute. */
export const patient = (ms: number) => ms * Math.max(1, (loadavg()[0] ?? 0) / availableParallelism());

/** Asks until `ask` gives a value, or fails with what was awaited. */
export async function eventually<T>(what: string, ask: () => Promise<T | undefined | false> | T | undefined | false, timeoutMs = 60_000): Promise<T> {
  const until = Date.now() + timeoutMs;
  let last: unknown;
  for (;;) {
    try {
      const value = await ask();
      if (value !== undefined && value !== false) return value;
    } catch (error) {
      last = error;
    }
    if (Date.now() > until) throw new Error(`waited ${timeoutMs} ms for: ${what}${last instanceof Error ? ` (${last.message})` : ''}`);
    await new Promise((next) => setTimeout(next, 50));
  }
}

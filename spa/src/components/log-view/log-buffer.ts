import { plainText } from '@/lib/plain-text';

import { parseLine, plainSgr, type Sgr } from './ansi';

export interface Line {
  /** 1 for the first line of the stream, also after older lines were dropped. */
  readonly number: number;
  readonly raw: string;
  /** Who wrote it, where several write into one log. */
  readonly tag: string;
  /** The style that the lines before it left behind. */
  readonly start: Sgr;
  /** Its width in columns, never too small. */
  readonly columns: number;
  /** When it was written, RFC 3339 with nine digits; empty where the stream does not say. */
  readonly at: string;
}

// What the server puts before each line that is asked for with its time.
const stamp = /^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,9})?Z) /;

const notifyMs = 40;
const slack = 1000;

const notAscii = /[^\u0020-\u007e]/;

function columnsOf(raw: string): number {
  if (!notAscii.test(raw)) return raw.length;
  const text = plainText(raw);
  let columns = 0;
  // Beyond ASCII a character may be two columns wide; too much room is better than a cut line.
  for (const character of text) columns += character > '\u02ff' ? 2 : 1;
  return columns;
}

/**
 * The newest lines of a stream of text, outside React: at most `maxLines` of at most `maxLength` characters. Appending
 * costs O(what is appended); listeners hear of it at most every 40 ms.
 */
export class LogBuffer {
  readonly maxLines: number;
  readonly maxLength: number;
  lines: Line[] = [];
  /** Lines that are no longer kept. */
  dropped = 0;
  /** The widest line so far, in columns. */
  widest = 0;
  version = 0;
  private open = false;
  private style: Sgr = plainSgr;
  private timer: ReturnType<typeof setTimeout> | undefined;
  private readonly listeners = new Set<() => void>();

  constructor(maxLines = 100_000, maxLength = 8192) {
    this.maxLines = maxLines;
    this.maxLength = maxLength;
  }

  /** `stamped`: each line begins with its time, which is taken off. */
  append(text: string, tag = '', stamped = false): void {
    if (text === '') return;
    const parts = text.split('\n');
    parts.forEach((part, index) => {
      const ends = index < parts.length - 1;
      if (part !== '' || ends) this.write(part, tag, ends, stamped);
    });
    this.bound();
    this.changed();
  }

  reset(): void {
    this.lines = [];
    this.dropped = 0;
    this.widest = 0;
    this.open = false;
    this.style = plainSgr;
    this.changed();
  }

  /** All kept lines as plain text. */
  text(): string {
    return this.lines.map((line) => (line.tag ? `${line.tag} ` : '') + plainText(line.raw)).join('\n');
  }

  readonly subscribe = (listener: () => void): (() => void) => {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  };

  readonly getVersion = (): number => this.version;

  private write(part: string, tag: string, ends: boolean, stamped: boolean): void {
    const last = this.lines[this.lines.length - 1];
    const continues = this.open && last !== undefined && last.tag === tag;
    const start = continues ? last.start : this.style;
    const at = continues ? last.at : stamped ? (stamp.exec(part)?.[1] ?? '') : '';
    const fresh = at && !continues ? part.slice(at.length + 1) : part;
    const whole = continues ? last.raw + part : fresh;
    const raw = whole.length > this.maxLength ? `${whole.slice(0, this.maxLength - 1)}…` : whole;
    const number = continues ? last.number : this.dropped + this.lines.length + 1;
    const line: Line = { number, raw, tag, start, columns: columnsOf(raw), at };

    if (continues) this.lines[this.lines.length - 1] = line;
    else this.lines.push(line);
    this.widest = Math.max(this.widest, line.columns);
    this.open = !ends;
    if (ends) this.style = raw.includes('\u001b') ? parseLine(raw, start).end : start;
  }

  private bound(): void {
    if (this.lines.length <= this.maxLines + Math.min(slack, this.maxLines)) return;
    const surplus = this.lines.length - this.maxLines;
    this.lines = this.lines.slice(surplus);
    this.dropped += surplus;
  }

  private changed(): void {
    this.timer ??= setTimeout(() => {
      this.timer = undefined;
      this.version += 1;
      for (const listener of this.listeners) listener();
    }, notifyMs);
  }
}

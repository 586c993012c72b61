import { useEffect, useState } from 'react';

import { paths } from '@/api/paths';
import type { Change } from '@/api/types';
import { openStream } from '@/lib/event-stream';

import { add, type Line } from './lines';

export interface History {
  lines: readonly Line[];
  /** What happened before the page was opened is still being read. */
  reading: boolean;
  /** Nothing older is kept. */
  complete: boolean;
  lost: boolean;
  /** How many steps back it was read. */
  step: number;
}

/** A position of the feed is "transaction-id" (docs: the feed's order); only the first part is needed to go back. */
const transactionOf = (cursor: string): number => Number(/^(\d+)-\d+$/.exec(cursor)?.[1] ?? Number.NaN);

/** How many transactions to go back, in steps: a quiet installation has few changes in many. */
const steps = [5_000, 100_000, 2_000_000, Number.POSITIVE_INFINITY];
const enough = 30;
const quietMs = 500;

function parse(data: string): Change | null {
  try {
    const value: unknown = JSON.parse(data);
    return typeof value === 'object' && value !== null && 'kind' in value && typeof value.kind === 'string' ? (value as Change) : null;
  } catch {
    return null;
  }
}

interface Reading {
  begin: string;
  head: number;
  onLines: (lines: readonly Line[]) => void;
  onLost: (lost: boolean) => void;
  /** Once everything up to now was read. */
  onSettled: (lines: number, complete: boolean) => void;
}

/** Reads the feed from a position and follows it. */
function read(feed: string, { begin, head, onLines, onLost, onSettled }: Reading): () => void {
  let lines: readonly Line[] = [];
  let cursor = begin;
  let complete = false;
  let settled = false;
  let paint: ReturnType<typeof setTimeout> | undefined;
  let quiet: ReturnType<typeof setTimeout> | undefined;
  const settle = () => {
    if (settled) return;
    settled = true;
    onSettled(lines.length, complete);
  };
  const restless = () => {
    if (settled) return;
    clearTimeout(quiet);
    quiet = setTimeout(settle, quietMs);
  };
  const close = openStream(
    { url: () => `${feed}?cursor=${encodeURIComponent(cursor)}`, events: ['change', 'reset', 'ready'] },
    {
      onOpen: () => {
        onLost(false);
        restless();
      },
      onLost: () => onLost(true),
      onEvent: (event, data, id) => {
        if (id) cursor = id;
        if (event === 'reset') complete = true;
        const change = event === 'change' ? parse(data) : null;
        if (change) {
          lines = add(lines, change, id);
          paint ??= setTimeout(() => {
            paint = undefined;
            onLines(lines);
          }, 60);
        }
        if (id && transactionOf(id) >= head) settle();
        else restless();
      },
    },
  );
  return () => {
    clearTimeout(paint);
    clearTimeout(quiet);
    close();
  };
}

/** Where the feed ends now. */
function findHead(feed: string, onHead: (cursor: string) => void, onLost: (lost: boolean) => void): () => void {
  return openStream(
    { url: () => feed, events: ['ready'] },
    { onLost: () => onLost(true), onEvent: (_event, _data, id) => onHead(id) },
  );
}

const nothing: History = { lines: [], reading: true, complete: false, lost: false, step: 0 };

/** What happened in the organization of late, newest first, and what happens; `back` reads further with each step. */
export function useHistory(org: string, back: number): History {
  const [history, setHistory] = useState<History>(nothing);
  useEffect(() => {
    const feed = paths.orgFeed(org);
    let stop: () => void = () => undefined;
    let over = false;
    const change = (part: Partial<History>) => {
      if (!over) setHistory((old) => ({ ...old, ...part }));
    };
    const from = (head: number, step: number) => {
      const depth = steps[Math.min(step, steps.length - 1)] ?? Number.POSITIVE_INFINITY;
      const all = depth >= head;
      stop();
      stop = read(feed, {
        begin: `${all ? 0 : head - depth}-0`,
        head,
        onLines: (lines) => change({ lines }),
        onLost: (lost) => change({ lost }),
        onSettled: (lines, reset) => {
          const complete = all || reset;
          if (lines < enough && !complete && !over) from(head, step + 1);
          else change({ reading: false, complete, step });
        },
      });
    };
    change({ reading: true });
    stop = findHead(
      feed,
      (cursor) => {
        const head = transactionOf(cursor);
        if (!over) from(Number.isNaN(head) ? 0 : head, back);
      },
      (lost) => change({ lost }),
    );
    return () => {
      over = true;
      stop();
    };
  }, [org, back]);
  return history;
}

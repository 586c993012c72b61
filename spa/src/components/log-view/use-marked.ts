import { useEffectEvent, useLayoutEffect, useMemo, useState } from 'react';

import type { Line } from './log-buffer';
import { matches } from './shown';
import type { LogLines } from './use-log-lines';

interface Place {
  scrollTo: (number: number) => void;
  pause: () => void;
}

/** The line that is looked at: one that was found, pressed, or named by the page's address. */
export function useMarked(log: LogLines, { scrollTo, pause }: Place, isTarget: ((line: Line) => boolean) | undefined) {
  const { version, all, folded } = log;
  const [query, setQuery] = useState('');
  const [marked, setMarked] = useState<number | null>(null);
  const [arrived, setArrived] = useState(false);
  // eslint-disable-next-line react-hooks/exhaustive-deps
  const found = useMemo(() => matches(all, query), [version, all, query]);

  const mark = (number: number) => {
    log.uncover(number);
    pause();
    setMarked(number);
  };
  // What is marked is scrolled to when it is there: beneath a heading that was just unfolded, a moment later.
  const showMarked = useEffectEvent(() => {
    if (marked !== null) scrollTo(marked);
  });
  useLayoutEffect(() => showMarked(), [marked, folded]);

  // The line that the address names is gone to once, when it has come.
  const target = isTarget && !arrived ? all.find(isTarget)?.number : undefined;
  if (target !== undefined) {
    setArrived(true);
    setMarked(target);
    pause();
  }

  const step = (by: 1 | -1) => {
    if (found.length === 0) return;
    const at = marked === null ? -1 : found.indexOf(marked);
    const first = by === 1 ? (found.find((number) => number > (marked ?? 0)) ?? found[0]) : found.at(-1);
    const next = at < 0 ? first : found[(at + by + found.length) % found.length];
    if (next !== undefined) mark(next);
  };
  const search = (text: string) => {
    setQuery(text);
    const last = matches(all, text).at(-1);
    if (last === undefined) setMarked(null);
    else mark(last);
  };
  return { query, found, marked, setMarked, search, step, at: marked === null ? 0 : found.indexOf(marked) + 1 };
}

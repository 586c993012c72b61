import { useCallback, useMemo, useState, useSyncExternalStore } from 'react';

import type { Level } from './level';
import type { Line, LogBuffer } from './log-buffer';
import { earlierHeadings, headingOf, shownLines } from './shown';

const nothing: ReadonlySet<number> = new Set();

interface Choice {
  isHeading: ((text: string) => boolean) | undefined;
  foldEarlier: boolean | undefined;
  least: Level | null;
}

/** The lines of a buffer that are shown: those of a level, without those beneath a folded heading. */
export function useLogLines(buffer: LogBuffer, { isHeading, foldEarlier, least }: Choice) {
  const version = useSyncExternalStore(buffer.subscribe, buffer.getVersion);
  const [chosenFold, setChosenFold] = useState<ReadonlySet<number> | null>(null);
  const all = buffer.lines;
  // The buffer is mutable: its version stands for its content.
  const folded = useMemo(
    () => chosenFold ?? (foldEarlier && isHeading ? new Set(earlierHeadings(all, isHeading)) : nothing),
    // eslint-disable-next-line react-hooks/exhaustive-deps
    [version, all, chosenFold, foldEarlier, isHeading],
  );
  const { lines, hidden } = useMemo(
    () => shownLines(all, isHeading, folded, least),
    // eslint-disable-next-line react-hooks/exhaustive-deps
    [version, all, isHeading, folded, least],
  );
  const toggleFold = useCallback(
    (line: Line) => {
      const next = new Set(folded);
      if (!next.delete(line.number)) next.add(line.number);
      setChosenFold(next);
    },
    [folded],
  );
  /** Unfolds what this line stands beneath. */
  const uncover = (number: number) => {
    const heading = isHeading ? headingOf(all, number, isHeading) : null;
    if (heading !== null && heading !== number && folded.has(heading)) setChosenFold(new Set([...folded].filter((each) => each !== heading)));
  };
  const foldAll = () => setChosenFold(folded.size > 0 || !isHeading ? nothing : new Set(earlierHeadings(all, isHeading)));
  return {
    version,
    all,
    newest: all[all.length - 1]?.number ?? 0,
    lines,
    hidden,
    folded,
    foldable: isHeading !== undefined && all.some((line) => isHeading(line.raw)),
    toggleFold,
    uncover,
    foldAll,
  };
}

export type LogLines = ReturnType<typeof useLogLines>;

import { useCallback, useLayoutEffect, useMemo, useRef, useState } from 'react';

import type { LogLines } from './use-log-lines';
import { useViewport } from './use-viewport';
import { rowOffsets, visibleWindow } from './window';

const overscan = 60;
const atBottomPx = 24;

/**
 * Where in the log one is: at its end, until somebody scrolls up or pauses; and which lines are on the screen.
 * `beside`: columns that stand before each line.
 */
export function useLogScroll({ version, lines, newest }: LogLines, wrap: boolean, beside: number) {
  const scroller = useRef<HTMLDivElement>(null);
  const ruler = useRef<HTMLSpanElement>(null);
  const viewport = useViewport(scroller, ruler);
  const { rowHeight } = viewport;
  const [scrollTop, setScrollTop] = useState(0);
  const [following, setFollowing] = useState(true);
  const [seen, setSeen] = useState(0);
  const columns = wrap ? viewport.columns - beside : null;
  // eslint-disable-next-line react-hooks/exhaustive-deps
  const offsets = useMemo(() => rowOffsets(lines, columns), [version, lines, columns]);
  const top = scrollTop / rowHeight;
  const shown = visibleWindow(lines.length, offsets, top, top + viewport.height / rowHeight, overscan);

  useLayoutEffect(() => {
    const element = scroller.current;
    if (element && following) element.scrollTop = element.scrollHeight;
  }, [version, following, viewport, wrap, lines]);

  /** Stays where it is, whatever comes. */
  const stay = useCallback(() => setFollowing(false), []);
  const follow = () => setFollowing(true);
  const pause = () => {
    stay();
    setSeen(newest);
  };
  const onScroll = () => {
    const element = scroller.current;
    if (!element) return;
    setScrollTop(element.scrollTop);
    const atBottom = element.scrollHeight - element.scrollTop - element.clientHeight < atBottomPx;
    if (atBottom === following) return;
    if (atBottom) follow();
    else pause();
  };
  const scrollTo = (number: number) => {
    const at = lines.findIndex((line) => line.number === number);
    const element = scroller.current;
    if (at < 0 || !element) return;
    element.scrollTop = (offsets ? (offsets[at] ?? 0) : at) * rowHeight - viewport.height / 3;
  };
  /** How many rows the line at this place takes. */
  const rowsOf = (at: number) => (offsets ? (offsets[at + 1] ?? 0) - (offsets[at] ?? 0) : 1);
  return { scroller, ruler, rowHeight, shown, rowsOf, following, follow, pause, stay, unseen: newest - seen, onScroll, scrollTo };
}

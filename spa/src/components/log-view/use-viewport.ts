import { useLayoutEffect, useState, type RefObject } from 'react';

export interface Viewport {
  height: number;
  /** How many characters fit beside the margins. */
  columns: number;
  /** px; grows with the root's font size. */
  rowHeight: number;
}

const rowRem = 1.25;

/** The room that a log has, measured whenever it changes. */
export function useViewport(scroller: RefObject<HTMLDivElement | null>, ruler: RefObject<HTMLSpanElement | null>): Viewport {
  const [viewport, setViewport] = useState<Viewport>({ height: 480, columns: 80, rowHeight: 20 });
  useLayoutEffect(() => {
    const element = scroller.current;
    if (!element) return undefined;
    const measure = () => {
      const character = (ruler.current?.getBoundingClientRect().width ?? 0) / 100;
      const text = ruler.current?.parentElement?.clientWidth ?? 0;
      const columns = character > 0 && text > 0 ? Math.max(10, Math.floor(text / character)) : 80;
      const rem = parseFloat(getComputedStyle(document.documentElement).fontSize) || 16;
      setViewport({ height: element.clientHeight || 480, columns, rowHeight: rowRem * rem });
    };
    measure();
    const observer = new ResizeObserver(measure);
    observer.observe(element);
    return () => observer.disconnect();
  }, [scroller, ruler]);
  return viewport;
}

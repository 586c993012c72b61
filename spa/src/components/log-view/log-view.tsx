import { ArrowDown } from 'lucide-react';
import {
  useCallback,
  useEffectEvent,
  useLayoutEffect,
  useMemo,
  useRef,
  useState,
  useSyncExternalStore,
  type KeyboardEvent,
  type ReactNode,
} from 'react';

import { plural } from '@/lib/format';

import type { Level } from './level';
import type { Line, LogBuffer } from './log-buffer';
import { LogLine, type LineLook } from './log-line';
import { LogToolbar } from './log-toolbar';
import { earlierHeadings, headingOf, matches, shownLines } from './shown';
import { useViewport } from './use-viewport';
import { rowOffsets, visibleWindow } from './window';

const overscan = 60;
const atBottomPx = 24;
/** The width of a time of day with milliseconds and its margin, in columns. */
const timeColumns = 14;
const nothing: ReadonlySet<number> = new Set();

export interface LogViewProps {
  /** Shown above the log. */
  title?: string;
  /** The accessible name of the log region. */
  label: string;
  buffer: LogBuffer;
  /** Shown while there are no lines. */
  empty: ReactNode;
  /** What is said beside the title: streaming, complete, reconnecting. */
  status?: ReactNode;
  /** What is chosen above the log: replica, since when. */
  children?: ReactNode;
  onDownload?: () => Promise<void>;
  /** Lines that begin a part, which can be folded. */
  isHeading?: (text: string) => boolean;
  /** Folds all parts but the last once: what went before a failure. */
  foldEarlier?: boolean;
  /** Only lines at least as bad. */
  least?: Level | null;
  /** The lines carry the time at which they were written. */
  timed?: boolean;
  /** The address of a line. */
  lineHref?: (line: Line) => string;
  onPickLine?: (line: Line) => void;
  /** The line that the page's address names: it is marked and scrolled to. */
  isTarget?: (line: Line) => boolean;
}

/** A live log of any length: follows its end until somebody scrolls up or pauses, draws only what is on the screen. */
export function LogView(props: LogViewProps) {
  const { buffer, isHeading, least = null, onDownload, isTarget } = props;
  const version = useSyncExternalStore(buffer.subscribe, buffer.getVersion);
  const scroller = useRef<HTMLDivElement>(null);
  const ruler = useRef<HTMLSpanElement>(null);
  const viewport = useViewport(scroller, ruler);
  const { rowHeight } = viewport;
  const [scrollTop, setScrollTop] = useState(0);
  const [following, setFollowing] = useState(true);
  const [seen, setSeen] = useState(0);
  const [wrap, setWrap] = useState(() => window.innerWidth < 640);
  const [times, setTimes] = useState(() => props.timed === true && window.innerWidth >= 640);
  const [downloading, setDownloading] = useState(false);
  const [chosenFold, setChosenFold] = useState<ReadonlySet<number> | null>(null);
  const [query, setQuery] = useState('');
  const [marked, setMarked] = useState<number | null>(null);
  const [arrived, setArrived] = useState(false);

  const all = buffer.lines;
  const newest = all[all.length - 1]?.number ?? 0;
  // The buffer is mutable: its version stands for its content.
  const folded = useMemo(
    () => chosenFold ?? (props.foldEarlier && isHeading ? new Set(earlierHeadings(all, isHeading)) : nothing),
    // eslint-disable-next-line react-hooks/exhaustive-deps
    [version, all, chosenFold, props.foldEarlier, isHeading],
  );
  const { lines, hidden } = useMemo(
    () => shownLines(all, isHeading, folded, least),
    // eslint-disable-next-line react-hooks/exhaustive-deps
    [version, all, isHeading, folded, least],
  );
  // eslint-disable-next-line react-hooks/exhaustive-deps
  const found = useMemo(() => matches(all, query), [version, all, query]);

  const tagColumns = (all[0]?.tag.length ?? 0) + 2;
  const beside = (tagColumns > 2 ? tagColumns : 0) + (times ? timeColumns : 0);
  const columns = wrap ? viewport.columns - beside : null;
  // eslint-disable-next-line react-hooks/exhaustive-deps
  const offsets = useMemo(() => rowOffsets(lines, columns), [version, lines, columns]);
  const top = scrollTop / rowHeight;
  const shown = visibleWindow(lines.length, offsets, top, top + viewport.height / rowHeight, overscan);

  useLayoutEffect(() => {
    const element = scroller.current;
    if (element && following) element.scrollTop = element.scrollHeight;
  }, [version, following, viewport, wrap, lines]);

  const pause = () => {
    setFollowing(false);
    setSeen(newest);
  };
  const scrollTo = (number: number) => {
    const at = lines.findIndex((line) => line.number === number);
    const element = scroller.current;
    if (at < 0 || !element) return;
    element.scrollTop = (offsets ? (offsets[at] ?? 0) : at) * rowHeight - viewport.height / 3;
  };
  const mark = (number: number) => {
    const heading = isHeading ? headingOf(all, number, isHeading) : null;
    if (heading !== null && heading !== number && folded.has(heading)) setChosenFold(new Set([...folded].filter((each) => each !== heading)));
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

  const onScroll = () => {
    const element = scroller.current;
    if (!element) return;
    setScrollTop(element.scrollTop);
    const atBottom = element.scrollHeight - element.scrollTop - element.clientHeight < atBottomPx;
    if (atBottom === following) return;
    if (atBottom) setFollowing(true);
    else pause();
  };
  const step = (by: 1 | -1) => {
    if (found.length === 0) return;
    const at = marked === null ? -1 : found.indexOf(marked);
    const next = at < 0 ? (by === 1 ? found.find((number) => number > (marked ?? 0)) ?? found[0] : found.at(-1)) : found[(at + by + found.length) % found.length];
    if (next !== undefined) mark(next);
  };
  const search = (text: string) => {
    setQuery(text);
    const first = matches(all, text).at(-1);
    if (first === undefined) setMarked(null);
    else mark(first);
  };
  const toggleFold = useCallback(
    (line: Line) => {
      const next = new Set(folded);
      if (!next.delete(line.number)) next.add(line.number);
      setChosenFold(next);
      setFollowing(false);
    },
    [folded],
  );
  const foldAll = () => setChosenFold(folded.size > 0 || !isHeading ? nothing : new Set(earlierHeadings(all, isHeading)));
  const download = async () => {
    if (!onDownload) return;
    setDownloading(true);
    try {
      await onDownload();
    } finally {
      setDownloading(false);
    }
  };
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.metaKey || event.ctrlKey || event.altKey) return;
    if (event.key === 'f') {
      if (following) pause();
      else setFollowing(true);
    } else if (event.key === 'w') setWrap(!wrap);
  };

  const { lineHref: href, onPickLine } = props;
  const look = useMemo<LineLook>(
    () => ({
      wrap,
      times,
      query,
      href,
      onPick: (line) => {
        setMarked(line.number);
        onPickLine?.(line);
      },
      onFold: isHeading ? toggleFold : undefined,
    }),
    [wrap, times, query, href, onPickLine, isHeading, toggleFold],
  );
  const foldable = isHeading !== undefined && all.some((line) => isHeading(line.raw));

  return (
    <div className="relative">
      <LogToolbar
        title={props.title}
        status={props.status}
        query={query}
        found={found.length}
        at={marked === null ? 0 : found.indexOf(marked) + 1}
        onQuery={search}
        onStep={step}
        following={following}
        onFollow={() => (following ? pause() : setFollowing(true))}
        wrap={wrap}
        onWrap={() => setWrap(!wrap)}
        times={props.timed ? times : null}
        onTimes={() => setTimes(!times)}
        folded={foldable ? folded.size > 0 : null}
        onFold={foldAll}
        text={() => buffer.text()}
        downloading={downloading}
        onDownload={onDownload && (() => void download())}
      >
        {props.children}
      </LogToolbar>
      <div
        ref={scroller}
        role="log"
        aria-label={props.label}
        // Read on demand: a busy log would talk without end.
        aria-live="off"
        tabIndex={0}
        onScroll={onScroll}
        onKeyDown={onKeyDown}
        className="h-[clamp(16rem,calc(100dvh-18rem),90rem)] overflow-auto bg-log py-2 font-mono text-xs leading-5 text-log-ink -outline-offset-2"
      >
        <div className="invisible h-0 overflow-hidden pr-2 pl-2.5 sm:pl-14.5" aria-hidden>
          <div className="overflow-hidden">
            <span ref={ruler} className="whitespace-pre">
              {'0'.repeat(100)}
            </span>
          </div>
        </div>
        {buffer.dropped > 0 && (
          <p className="px-4 text-log-muted">
            {plural(buffer.dropped, 'older line')} not shown{onDownload ? '; the download has them' : ''}.
          </p>
        )}
        {lines.length === 0 ? (
          <div className="px-4 py-1 text-log-muted">{all.length > 0 ? 'No line of this level so far.' : props.empty}</div>
        ) : (
          <div
            className="min-w-full"
            style={{
              height: shown.totalRows * rowHeight,
              ...(wrap ? {} : { width: `calc(${Math.min(buffer.widest, buffer.maxLength) + beside}ch + 6rem)` }),
            }}
          >
            <div style={{ transform: `translateY(${shown.rowsBefore * rowHeight}px)` }}>
              {lines.slice(shown.first, shown.last).map((line, index) => {
                const at = shown.first + index;
                const rows = offsets ? (offsets[at + 1] ?? 0) - (offsets[at] ?? 0) : 1;
                const heading = isHeading?.(line.raw) ?? false;
                return (
                  <LogLine
                    key={line.number}
                    line={line}
                    look={look}
                    height={rows * rowHeight}
                    marked={line.number === marked}
                    hidden={heading ? (hidden.get(line.number) ?? null) : undefined}
                  />
                );
              })}
            </div>
          </div>
        )}
      </div>
      {!following && (
        <button
          type="button"
          onClick={() => setFollowing(true)}
          className="absolute right-4 bottom-4 inline-flex h-control-sm animate-rise items-center gap-2 rounded-full bg-primary px-3 text-xs font-medium text-on-primary shadow-float hover:bg-primary-hover"
        >
          <ArrowDown aria-hidden className="size-3.5" />
          {newest > seen ? `${plural(newest - seen, 'new line')} · follow` : 'Follow'}
        </button>
      )}
    </div>
  );
}

import { ArrowDown, Download, LoaderCircle, WrapText } from 'lucide-react';
import { memo, useCallback, useLayoutEffect, useMemo, useRef, useState, useSyncExternalStore, type ReactNode } from 'react';

import { CopyButton } from '@/components/copy-button';
import { cn } from '@/lib/cn';
import { plural } from '@/lib/format';

import { parseLine } from './ansi';
import type { Line, LogBuffer } from './log-buffer';
import { rowOffsets, visibleWindow } from './window';

const rowHeight = 20;
const overscan = 60;
const atBottomPx = 24;

const toolClass =
  'inline-flex h-7 items-center gap-1.5 rounded-md px-1.5 text-xs text-muted hover:bg-hover hover:text-ink ' +
  'aria-pressed:bg-hover aria-pressed:text-ink disabled:opacity-60';

interface LogViewProps {
  /** Shown above the log. */
  title?: string;
  /** The accessible name of the log region. */
  label: string;
  buffer: LogBuffer;
  /** Shown while there are no lines. */
  empty: ReactNode;
  /** What is said beside the title: streaming, complete, reconnecting. */
  status?: ReactNode;
  onDownload?: () => Promise<void>;
}

interface Viewport {
  height: number;
  /** How many characters fit beside the margins. */
  columns: number;
}

function useViewport(scroller: React.RefObject<HTMLDivElement | null>, ruler: React.RefObject<HTMLSpanElement | null>) {
  const [viewport, setViewport] = useState<Viewport>({ height: 480, columns: 80 });
  useLayoutEffect(() => {
    const element = scroller.current;
    if (!element) return undefined;
    const measure = () => {
      const character = (ruler.current?.getBoundingClientRect().width ?? 0) / 100;
      const text = ruler.current?.parentElement?.clientWidth ?? 0;
      const columns = character > 0 && text > 0 ? Math.max(10, Math.floor(text / character)) : 80;
      setViewport({ height: element.clientHeight || 480, columns });
    };
    measure();
    const observer = new ResizeObserver(measure);
    observer.observe(element);
    return () => observer.disconnect();
  }, [scroller, ruler]);
  return viewport;
}

const LogLine = memo(function LogLine({ line, wrap, rows }: { line: Line; wrap: boolean; rows: number }) {
  const { spans } = parseLine(line.raw, line.start);
  return (
    <div className="flex hover:bg-log-hover" style={{ height: rows * rowHeight }}>
      <span aria-hidden className="hidden w-17 shrink-0 pr-4 text-right text-log-muted select-none sm:block">
        {line.number}
      </span>
      {line.tag && <span className="mr-3 shrink-0 text-log-muted">{line.tag}</span>}
      <span className={cn('min-w-0 flex-1', wrap ? 'break-all whitespace-break-spaces' : 'whitespace-pre')}>
        {spans.map((span, index) => (
          <span key={index} className={span.className || undefined}>
            {span.text}
          </span>
        ))}
      </span>
    </div>
  );
});

/** A live log of any length: follows its end until somebody scrolls up, draws only what is on the screen. */
export function LogView({ title, label, buffer, empty, status, onDownload }: LogViewProps) {
  const version = useSyncExternalStore(buffer.subscribe, buffer.getVersion);
  const scroller = useRef<HTMLDivElement>(null);
  const ruler = useRef<HTMLSpanElement>(null);
  const viewport = useViewport(scroller, ruler);
  const [scrollTop, setScrollTop] = useState(0);
  const [following, setFollowing] = useState(true);
  const [seen, setSeen] = useState(0);
  const [wrap, setWrap] = useState(() => window.innerWidth < 640);
  const [downloading, setDownloading] = useState(false);

  const lines = buffer.lines;
  const newest = lines[lines.length - 1]?.number ?? 0;
  const tagColumns = (lines[0]?.tag.length ?? 0) + 2;
  const columns = wrap ? viewport.columns - (tagColumns > 2 ? tagColumns : 0) : null;
  // The buffer is mutable: its version stands for its content.
  // eslint-disable-next-line react-hooks/exhaustive-deps
  const offsets = useMemo(() => rowOffsets(lines, columns), [version, lines, columns]);
  const top = scrollTop / rowHeight;
  const shown = visibleWindow(lines.length, offsets, top, top + viewport.height / rowHeight, overscan);

  useLayoutEffect(() => {
    const element = scroller.current;
    if (element && following) element.scrollTop = element.scrollHeight;
  }, [version, following, viewport, wrap]);

  const onScroll = () => {
    const element = scroller.current;
    if (!element) return;
    setScrollTop(element.scrollTop);
    const atBottom = element.scrollHeight - element.scrollTop - element.clientHeight < atBottomPx;
    if (atBottom !== following) {
      setFollowing(atBottom);
      setSeen(newest);
    }
  };

  const download = useCallback(async () => {
    if (!onDownload) return;
    setDownloading(true);
    try {
      await onDownload();
    } finally {
      setDownloading(false);
    }
  }, [onDownload]);

  return (
    <div className="relative">
      <div className="flex min-h-11 flex-wrap items-center gap-x-3 gap-y-1 border-b border-log-line px-3 py-1.5 sm:px-4">
        {title && <h2 className="text-sm font-semibold">{title}</h2>}
        <span className="text-[0.8125rem] text-muted">{status}</span>
        <span className="flex-1" />
        <span className="flex items-center gap-0.5">
          <button type="button" aria-pressed={wrap} onClick={() => setWrap(!wrap)} className={toolClass} title="Wrap long lines">
            <WrapText aria-hidden className="size-3.5" />
            <span className="sr-only sm:not-sr-only">Wrap</span>
          </button>
          <CopyButton text={() => buffer.text()} what="log" labelled />
          {onDownload && (
            <button type="button" onClick={() => void download()} disabled={downloading} className={toolClass} title="Download the whole log">
              {downloading ? (
                <LoaderCircle aria-hidden className="size-3.5 animate-breathe" />
              ) : (
                <Download aria-hidden className="size-3.5" />
              )}
              Download
            </button>
          )}
        </span>
      </div>
      <div
        ref={scroller}
        role="log"
        aria-label={label}
        tabIndex={0}
        onScroll={onScroll}
        className="h-[clamp(16rem,60vh,40rem)] overflow-auto bg-log py-2 font-mono text-xs leading-5 text-log-ink outline-offset-[-2px]"
      >
        <div className="invisible h-0 overflow-hidden px-3 sm:pr-4 sm:pl-18" aria-hidden>
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
          <div className="px-4 py-1 text-log-muted">{empty}</div>
        ) : (
          <div
            className="min-w-full px-3 sm:pr-4 sm:pl-0"
            style={{
              height: shown.totalRows * rowHeight,
              ...(wrap ? {} : { width: `calc(${Math.min(buffer.widest, buffer.maxLength) + tagColumns}ch + 6rem)` }),
            }}
          >
            <div style={{ transform: `translateY(${shown.rowsBefore * rowHeight}px)` }}>
              {lines.slice(shown.first, shown.last).map((line, index) => {
                const at = shown.first + index;
                const rows = offsets ? (offsets[at + 1] ?? 0) - (offsets[at] ?? 0) : 1;
                return <LogLine key={line.number} line={line} wrap={wrap} rows={rows} />;
              })}
            </div>
          </div>
        )}
      </div>
      {!following && (
        <button
          type="button"
          onClick={() => setFollowing(true)}
          className="absolute right-4 bottom-4 inline-flex h-8 animate-rise items-center gap-2 rounded-full bg-primary px-3 text-xs font-medium text-on-primary shadow-float hover:bg-primary-hover"
        >
          <ArrowDown aria-hidden className="size-3.5" />
          {newest > seen ? `${plural(newest - seen, 'new line')} · follow` : 'Follow'}
        </button>
      )}
    </div>
  );
}

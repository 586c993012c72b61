import { ArrowDown } from 'lucide-react';
import { useMemo, useState, type KeyboardEvent, type ReactNode } from 'react';

import { plural } from '@/lib/format';

import type { Level } from './level';
import type { Line, LogBuffer } from './log-buffer';
import type { LineLook } from './log-line';
import { LogRows, Ruler } from './log-rows';
import { LogToolbar } from './log-toolbar';
import { useLogLines } from './use-log-lines';
import { useLogScroll } from './use-log-scroll';
import { useMarked } from './use-marked';

/** The width of a time of day with milliseconds and its margin, in columns. */
const timeColumns = 14;

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

/** What was asked for is on its way. */
function useBusy(act: (() => Promise<void>) | undefined) {
  const [busy, setBusy] = useState(false);
  const run = async () => {
    setBusy(true);
    await act?.().finally(() => setBusy(false));
  };
  return { busy, run: act && (() => void run()) };
}

function FollowButton({ unseen, onFollow }: { unseen: number; onFollow: () => void }) {
  return (
    <button
      type="button"
      onClick={onFollow}
      className="absolute right-4 bottom-4 inline-flex h-control-sm animate-rise items-center gap-2 rounded-full bg-primary px-3 text-xs font-medium text-on-primary shadow-float hover:bg-primary-hover"
    >
      <ArrowDown aria-hidden className="size-3.5" />
      {unseen > 0 ? `${plural(unseen, 'new line')} · follow` : 'Follow'}
    </button>
  );
}

/** A live log of any length: follows its end until somebody scrolls up or pauses, draws only what is on the screen. */
export function LogView(props: LogViewProps) {
  const { buffer, isHeading, onDownload, lineHref: href, onPickLine } = props;
  const [wrap, setWrap] = useState(() => window.innerWidth < 640);
  const [times, setTimes] = useState(() => props.timed === true && window.innerWidth >= 640);
  const log = useLogLines(buffer, { isHeading, foldEarlier: props.foldEarlier, least: props.least ?? null });
  const tag = log.all[0]?.tag.length ?? 0;
  const beside = (tag > 0 ? tag + 2 : 0) + (times ? timeColumns : 0);
  const { scroller, ruler, ...scroll } = useLogScroll(log, wrap, beside);
  const { query, found, marked, setMarked, ...mark } = useMarked(log, scroll, props.isTarget);
  const download = useBusy(onDownload);
  const { toggleFold } = log;
  const { following, follow, pause, stay } = scroll;
  const toggleFollow = following ? pause : follow;

  const onKeyDown = (event: KeyboardEvent) => {
    if (event.metaKey || event.ctrlKey || event.altKey) return;
    if (event.key === 'f') toggleFollow();
    else if (event.key === 'w') setWrap(!wrap);
  };
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
      onFold: isHeading
        ? (line) => {
            toggleFold(line);
            stay();
          }
        : undefined,
    }),
    [wrap, times, query, href, onPickLine, isHeading, toggleFold, stay, setMarked],
  );

  return (
    <div className="relative">
      <LogToolbar
        title={props.title}
        status={props.status}
        query={query}
        found={found.length}
        at={mark.at}
        onQuery={mark.search}
        onStep={mark.step}
        following={following}
        onFollow={toggleFollow}
        wrap={wrap}
        onWrap={() => setWrap(!wrap)}
        times={props.timed ? times : null}
        onTimes={() => setTimes(!times)}
        folded={!isHeading ? null : log.foldable ? log.folded.size > 0 : undefined}
        onFold={log.foldAll}
        text={() => buffer.text()}
        downloading={download.busy}
        onDownload={download.run}
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
        onScroll={scroll.onScroll}
        onKeyDown={onKeyDown}
        className="h-[clamp(16rem,calc(100dvh-18rem),90rem)] overflow-auto bg-log py-2 font-mono text-xs leading-5 text-log-ink -outline-offset-2"
      >
        <Ruler ref={ruler} />
        {buffer.dropped > 0 && (
          <p className="px-4 text-log-muted">
            {plural(buffer.dropped, 'older line')} not shown{onDownload ? '; the download has them' : ''}.
          </p>
        )}
        {log.lines.length === 0 ? (
          <div className="px-4 py-1 text-log-muted">{log.all.length > 0 ? 'No line of this level so far.' : props.empty}</div>
        ) : (
          <LogRows
            log={log}
            scroll={scroll}
            look={look}
            marked={marked}
            isHeading={isHeading}
            columns={wrap ? null : Math.min(buffer.widest, buffer.maxLength) + beside}
          />
        )}
      </div>
      {!following && <FollowButton unseen={scroll.unseen} onFollow={follow} />}
    </div>
  );
}

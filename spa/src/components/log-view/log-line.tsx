import { ChevronDown, ChevronRight } from 'lucide-react';
import { memo } from 'react';

import { cn } from '@/lib/cn';
import { plural } from '@/lib/format';

import { parseLine } from './ansi';
import { levelOf } from './level';
import type { Line } from './log-buffer';
import { pieces, textOf } from './shown';

const rails = { error: 'border-bad-solid', warn: 'border-warn', info: 'border-transparent', debug: 'border-transparent' };

export interface LineLook {
  wrap: boolean;
  times: boolean;
  query: string;
  /** Where a line stands, as a link; shown as its number. */
  href: ((line: Line) => string) | undefined;
  onPick: ((line: Line) => void) | undefined;
  onFold: ((line: Line) => void) | undefined;
}

interface LogLineProps {
  line: Line;
  look: LineLook;
  height: number;
  marked: boolean;
  /** For a heading: how many lines are folded beneath it; null: it is open. */
  hidden: number | null | undefined;
}

const clock = (at: string) => at.slice(11, 23);

function Number({ line, look }: Pick<LogLineProps, 'line' | 'look'>) {
  const className = 'hidden w-14 shrink-0 pr-4 text-right text-log-muted select-none sm:block';
  if (!look.href) return <span aria-hidden className={className}>{line.number}</span>;
  return (
    // Not in the order of Tab: a log has thousands. The search leads to lines by keyboard.
    <a
      href={look.href(line)}
      tabIndex={-1}
      aria-label={`Line ${line.number}`}
      title="Link to this line"
      className={cn(className, 'hover:text-log-ink hover:underline')}
      onClick={(event) => {
        if (!look.onPick || event.metaKey || event.ctrlKey || event.shiftKey) return;
        event.preventDefault();
        look.onPick(line);
      }}
    >
      {line.number}
    </a>
  );
}

function Text({ line, look }: Pick<LogLineProps, 'line' | 'look'>) {
  const { spans } = parseLine(line.raw, line.start);
  return (
    <span className={cn('min-w-0 flex-1', look.wrap ? 'break-all whitespace-break-spaces' : 'whitespace-pre')}>
      {spans.map((span, index) => {
        const parts = pieces(span.text, look.query);
        return (
          <span key={index} className={span.className || undefined}>
            {parts.length === 1
              ? span.text
              : parts.map((part, n) =>
                  n % 2 === 0 ? part : (
                    <mark key={n} className="rounded-xs bg-log-mark text-log-ink">
                      {part}
                    </mark>
                  ),
                )}
          </span>
        );
      })}
    </span>
  );
}

/** One line of a log: inert text with its number, its time, who wrote it, and a rail in the colour of its level. */
export const LogLine = memo(function LogLine({ line, look, height, marked, hidden }: LogLineProps) {
  const level = levelOf(textOf(line));
  const folds = hidden !== undefined && look.onFold;
  const Chevron = hidden === null ? ChevronDown : ChevronRight;
  return (
    <div
      data-line={line.number}
      className={cn(
        'flex border-l-2 pr-2 pl-2 hover:bg-log-hover sm:pl-0',
        level ? rails[level] : 'border-transparent',
        level === 'debug' && 'text-log-muted',
        marked && 'bg-log-mark hover:bg-log-mark',
        folds && 'font-semibold',
      )}
      style={{ height }}
    >
      <Number line={line} look={look} />
      {folds && (
        <button
          type="button"
          aria-expanded={hidden === null}
          aria-label={`${hidden === null ? 'Fold' : 'Unfold'} ${textOf(line)}`}
          onClick={() => look.onFold?.(line)}
          className="mr-1 -ml-2 h-5 shrink-0 rounded-sm px-0.5 text-log-muted hover:text-log-ink"
        >
          <Chevron aria-hidden className="size-3.5" />
        </button>
      )}
      {look.times && line.at && (
        <time dateTime={line.at} title={line.at} className="mr-3 shrink-0 text-log-muted">
          {clock(line.at)}
        </time>
      )}
      {line.tag && <span className="mr-3 shrink-0 text-log-muted">{line.tag}</span>}
      <Text line={line} look={look} />
      {hidden !== null && hidden !== undefined && hidden > 0 && (
        <span className="ml-3 shrink-0 pr-2 font-normal text-log-muted">{plural(hidden, 'line')}</span>
      )}
    </div>
  );
});

import { ChevronDown, ChevronUp, Clock, Download, FoldVertical, Pause, Play, Search, UnfoldVertical, WrapText, type LucideIcon } from 'lucide-react';
import type { KeyboardEvent, ReactNode } from 'react';

import { CopyButton } from '@/components/copy-button';
import { cn } from '@/lib/cn';

const toolClass =
  'inline-flex h-control-sm items-center gap-1.5 rounded-md px-1.5 text-xs text-muted hover:bg-hover hover:text-ink ' +
  'aria-pressed:bg-hover aria-pressed:text-ink disabled:opacity-50';

interface ToolProps {
  icon: LucideIcon;
  label: string;
  /** Shown beside the icon from 640 px on. */
  word?: string;
  keys?: string;
  pressed?: boolean;
  disabled?: boolean;
  onClick: () => void;
}

export function Tool({ icon: Icon, label, word, keys, pressed, disabled, onClick }: ToolProps) {
  return (
    <button
      type="button"
      aria-label={label}
      aria-pressed={pressed}
      title={keys ? `${label} (${keys})` : label}
      disabled={disabled}
      onClick={onClick}
      className={toolClass}
    >
      <Icon aria-hidden className="size-3.5" />
      {word && <span className="max-sm:hidden">{word}</span>}
    </button>
  );
}

interface SearchProps {
  query: string;
  /** How many lines hold it, and which of them is marked, from 1. */
  found: number;
  at: number;
  onQuery: (query: string) => void;
  onStep: (step: 1 | -1) => void;
}

function SearchBox({ query, found, at, onQuery, onStep }: SearchProps) {
  const onKeyDown = (event: KeyboardEvent<HTMLInputElement>) => {
    if (event.key === 'Enter') {
      event.preventDefault();
      onStep(event.shiftKey ? -1 : 1);
    } else if (event.key === 'Escape' && query !== '') {
      event.preventDefault();
      onQuery('');
    }
  };
  return (
    <span className="flex h-control-sm min-w-36 flex-1 items-center gap-1.5 rounded-md border border-line bg-surface pl-2 text-xs focus-within:border-accent sm:max-w-80">
      <Search aria-hidden className="size-3.5 shrink-0 text-muted" />
      <input
        type="search"
        aria-label="Search the log"
        placeholder="Search"
        spellCheck={false}
        value={query}
        onChange={(event) => onQuery(event.target.value)}
        onKeyDown={onKeyDown}
        className="h-full min-w-0 flex-1 bg-transparent outline-none placeholder:text-muted"
      />
      <span role="status" className="shrink-0 text-muted tabular-nums">
        {query !== '' && (found === 0 ? 'none' : `${at} of ${found}`)}
      </span>
      {query !== '' && (
        <>
          <Tool icon={ChevronUp} label="Previous match" keys="Shift Enter" disabled={found === 0} onClick={() => onStep(-1)} />
          <Tool icon={ChevronDown} label="Next match" keys="Enter" disabled={found === 0} onClick={() => onStep(1)} />
        </>
      )}
    </span>
  );
}

interface ToolbarProps extends SearchProps {
  title: string | undefined;
  status: ReactNode;
  children: ReactNode;
  following: boolean;
  onFollow: () => void;
  wrap: boolean;
  onWrap: () => void;
  /** null: the lines carry no time. */
  times: boolean | null;
  onTimes: () => void;
  /** null: such a log has no parts; undefined: this one has none yet. */
  folded: boolean | null | undefined;
  onFold: () => void;
  text: () => string;
  downloading: boolean;
  onDownload: (() => void) | undefined;
}

/** What can be done with a log, above it. */
export function LogToolbar(props: ToolbarProps) {
  const { title, status, children, following, wrap, times, folded, downloading, onDownload } = props;
  return (
    <div className="flex flex-wrap items-center gap-x-3 gap-y-1.5 border-b border-log-line px-3 py-1.5">
      {title && <h2 className="font-semibold">{title}</h2>}
      <span className="min-w-20 text-xs text-muted">{status}</span>
      {children}
      <SearchBox {...props} />
      <span className={cn('ml-auto flex flex-wrap items-center gap-0.5')}>
        <Tool icon={following ? Pause : Play} label={following ? 'Pause' : 'Follow'} word={following ? 'Pause' : 'Follow'} keys="f" onClick={props.onFollow} />
        {folded !== null && (
          <Tool
            icon={folded ? UnfoldVertical : FoldVertical}
            label={folded ? 'Unfold all steps' : 'Fold steps'}
            word={folded ? 'Unfold' : 'Fold'}
            disabled={folded === undefined}
            onClick={props.onFold}
          />
        )}
        {times !== null && <Tool icon={Clock} label="Show times" word="Times" pressed={times} onClick={props.onTimes} />}
        <Tool icon={WrapText} label="Wrap long lines" word="Wrap" keys="w" pressed={wrap} onClick={props.onWrap} />
        <CopyButton text={props.text} what="log" />
        {onDownload && <Tool icon={Download} label="Download the whole log" word="Download" disabled={downloading} onClick={onDownload} />}
      </span>
    </div>
  );
}

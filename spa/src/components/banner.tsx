import type { ReactNode } from 'react';

import { cn } from '@/lib/cn';

import { StatusMark, toneText, type Tone } from './status-badge';

const grounds: Record<Tone, string> = {
  ok: 'bg-ok-soft',
  busy: 'bg-busy-soft',
  warn: 'bg-warn-soft',
  bad: 'bg-bad-soft',
  idle: 'bg-hover',
};

interface BannerProps {
  tone: Tone;
  /** The fact, in a few words. */
  title: ReactNode;
  /** What follows from it. */
  children?: ReactNode;
  action?: ReactNode;
  /** Below, across the whole width: a diff, a list. */
  details?: ReactNode;
  /** Said to screen readers when it appears or changes. */
  live?: boolean;
  /** All is well: nothing that wants to be looked at. */
  quiet?: boolean;
  className?: string;
}

/** A bar above a page: something that is so now, and what can be done about it. */
export function Banner({ tone, title, children, action, details, live = false, quiet = false, className }: BannerProps) {
  return (
    <div className={cn('overflow-hidden rounded-xl border border-line', className)}>
      <div
        role={live ? 'status' : undefined}
        className={cn('flex flex-wrap items-center gap-x-4 gap-y-2 px-4 py-2', quiet ? 'bg-surface' : grounds[tone])}
      >
        <div className="flex min-h-7 min-w-0 flex-1 basis-64 items-center gap-2.5">
          <StatusMark tone={tone} />
          <p className="min-w-0 break-words">
            <span className={cn('font-medium', !quiet && toneText[tone])}>{title}</span>
            {children && <> {children}</>}
          </p>
        </div>
        {action && <div className="flex flex-wrap items-center gap-2">{action}</div>}
      </div>
      {details}
    </div>
  );
}

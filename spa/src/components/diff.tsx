import type { ReactNode } from 'react';

import { cn } from '@/lib/cn';
import { lookup } from '@/lib/lookup';

export interface Difference {
  name: string;
  change: string;
  before: ReactNode;
  after: ReactNode;
}

const signs: Record<string, { sign: string; text: string; word: string }> = {
  added: { sign: '+', text: 'text-ok', word: 'Added' },
  changed: { sign: '~', text: 'text-warn', word: 'Changed' },
  removed: { sign: '−', text: 'text-bad', word: 'Removed' },
};

/** What changes, one thing a line: sign, name, before and after. */
export function Diff({ label, items }: { label: string; items: readonly Difference[] }) {
  return (
    <ul aria-label={label} className="divide-y divide-line bg-surface font-mono text-xs">
      {items.map(({ name, change, before, after }) => {
        const look = lookup(signs, change, { sign: '?', text: 'text-muted', word: change });
        return (
          <li key={name} className="flex flex-wrap items-baseline gap-x-3 gap-y-0.5 px-4 py-1.5">
            <span className={cn('w-3 shrink-0 text-center font-semibold', look.text)} aria-hidden>
              {look.sign}
            </span>
            <span className="sr-only">{look.word}:</span>
            <span className="min-w-40 font-medium break-all">{name}</span>
            <span className="flex min-w-0 flex-wrap items-baseline gap-x-2 text-muted">
              {before && <span className="line-through decoration-bad/60">{before}</span>}
              {before && after && <span aria-label="becomes">→</span>}
              {after && <span className="text-ink">{after}</span>}
            </span>
          </li>
        );
      })}
    </ul>
  );
}

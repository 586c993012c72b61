import { useId, type ReactNode } from 'react';

import { cn } from '@/lib/cn';

import { DocLink } from './doc-link';

interface PanelProps {
  title: string;
  aside?: ReactNode;
  /** The document that explains it. */
  doc?: string | undefined;
  children: ReactNode;
  className?: string;
}

/** A titled section with a hairline border. */
export function Panel({ title, aside, doc, children, className }: PanelProps) {
  const id = useId();
  return (
    <section
      aria-labelledby={id}
      className={cn('in-order overflow-hidden rounded-xl border border-line bg-surface', className)}
    >
      <header className="flex min-h-10 items-center justify-between gap-3 border-b border-line px-4 py-1.5">
        <h2 id={id} className="text-sm font-semibold">
          {title}
        </h2>
        {aside}
        {doc && (
          <DocLink to={doc} className="ml-auto text-xs">
            How it works
          </DocLink>
        )}
      </header>
      {children}
    </section>
  );
}

/** Pairs of a term and its value, one a row. */
export function Facts({ children }: { children: ReactNode }) {
  return <dl className="divide-y divide-line">{children}</dl>;
}

export function Fact({ term, children }: { term: ReactNode; children: ReactNode }) {
  return (
    <div className="grid grid-cols-[7rem_minmax(0,1fr)] items-baseline gap-3 px-4 py-2">
      <dt className="text-muted">{term}</dt>
      <dd className="min-w-0 break-words">{children}</dd>
    </div>
  );
}

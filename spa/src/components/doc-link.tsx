import type { ReactNode } from 'react';

import { cn } from '@/lib/cn';

interface DocLinkProps {
  /** Of a document: "variables", "troubleshooting#the-url". documents/documents.test.ts knows whether it is there. */
  to: string;
  children: ReactNode;
  className?: string;
}

/** Leads to a document of this installation, in a tab of its own: what one was in the middle of stays. */
export function DocLink({ to, children, className }: DocLinkProps) {
  return (
    <a href={`/docs/${to}`} target="_blank" rel="noreferrer" className={cn('rounded-sm text-accent underline decoration-line-strong underline-offset-3 hover:decoration-current', className)}>
      {children}
    </a>
  );
}

import type { ReactNode } from 'react';

import { StatusBadge, type Status } from './status-badge';

interface PageHeaderProps {
  title: ReactNode;
  status?: Status | undefined;
  /** One line beneath: an address, who and when. */
  meta?: ReactNode;
  actions?: ReactNode;
}

/** The title of a page, with its state and what can be done. */
export function PageHeader({ title, status, meta, actions }: PageHeaderProps) {
  return (
    <div className="mb-5 flex flex-wrap items-start justify-between gap-x-6 gap-y-3">
      <div className="min-w-0 flex-1 basis-64">
        <div className="flex flex-wrap items-center gap-x-3 gap-y-1">
          <h1 className="min-w-0 text-xl font-semibold tracking-tight wrap-anywhere">{title}</h1>
          {status && <StatusBadge status={status} />}
        </div>
        {meta && <div className="mt-0.5 text-muted">{meta}</div>}
      </div>
      {actions && <div className="flex flex-wrap items-center gap-2">{actions}</div>}
    </div>
  );
}

import type { UseQueryResult } from '@tanstack/react-query';
import type { ReactNode } from 'react';

import { holdBack } from './hold-back';
import { ErrorNotice, Skeleton } from './states';

interface LoadedProps<T> {
  query: UseQueryResult<T>;
  /** What loads: "Loading {what}". */
  what: string;
  /** In place of an empty list. */
  empty?: ReactNode;
  level?: 1 | 2;
  children: (data: T) => ReactNode;
}

/** What a query brings, with its loading, empty, refused and failed states. */
export function Loaded<T>({ query, what, empty, level, children }: LoadedProps<T>) {
  if (query.data === undefined) {
    if (query.isError) {
      return <ErrorNotice error={query.error} onRetry={() => void query.refetch()} {...(level ? { level } : {})} />;
    }
    return (
      <div role="status" ref={holdBack} aria-label={`Loading ${what}`} className="space-y-3 p-4">
        {level === 1 && <h1 className="sr-only">Loading {what}</h1>}
        <Skeleton className="h-4 w-56" />
        <Skeleton className="h-4 w-40" />
        <Skeleton className="h-4 w-48" />
      </div>
    );
  }
  if (Array.isArray(query.data) && query.data.length === 0 && empty) {
    return <div className="px-4 py-5 text-muted">{empty}</div>;
  }
  return children(query.data);
}

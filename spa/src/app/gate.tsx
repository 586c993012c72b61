import { useQuery, useQueryClient } from '@tanstack/react-query';
import { Outlet } from '@tanstack/react-router';
import { useEffect } from 'react';

import { sessionQuery } from '@/api/queries';
import { ErrorNotice, Skeleton } from '@/components/states';
import { SignedOut } from '@/features/identity/signed-out';
import { SessionContext } from '@/lib/session';

import { startLiveUpdates } from './live-updates';
import { Shell, ShellFrame } from './shell';

/** Lets signed-in people through, follows the feed for them, and tells the others how to get in. */
export function Gate() {
  const queryClient = useQueryClient();
  const session = useQuery(sessionQuery());
  const signedIn = Boolean(session.data);

  useEffect(() => (signedIn ? startLiveUpdates(queryClient) : undefined), [signedIn, queryClient]);

  if (session.data) {
    return (
      <SessionContext value={session.data}>
        <Shell>
          <Outlet />
        </Shell>
      </SessionContext>
    );
  }
  if (session.data === null) return <SignedOut />;
  return (
    <ShellFrame>
      {session.isError ? (
        <ErrorNotice level={1} error={session.error} onRetry={() => void session.refetch()} />
      ) : (
        <div aria-busy="true" aria-label="Loading" role="status">
          <Skeleton className="mb-6 h-8 w-40" />
          <Skeleton className="h-64 w-full rounded-xl" />
        </div>
      )}
    </ShellFrame>
  );
}

import { useQuery, useQueryClient } from '@tanstack/react-query';
import { Link, Outlet, useLocation, useRouterState } from '@tanstack/react-router';
import { Building2 } from 'lucide-react';
import { lazy, Suspense, useCallback, useEffect, type ReactNode } from 'react';

import { ApiError } from '@/api/client';
import { paths } from '@/api/paths';
import { orgQuery, sessionQuery } from '@/api/queries';
import type { Session } from '@/api/types';
import { buttonClass } from '@/components/button';
import { holdBack } from '@/components/hold-back';
import { ErrorNotice, Notice, Skeleton } from '@/components/states';
import { chooseOrganization, useChosenOrganization } from '@/lib/organization';
import { permissionsOf } from '@/lib/permissions';
import { SessionContext } from '@/lib/session';
import { setTheme } from '@/lib/theme';
import { Offline } from '@/routes/error-pages';

import { Keyboard } from './palette/keyboard';
import { Shell, ShellFrame } from './shell';

const SignInPage = lazy(async () => ({ default: (await import('@/features/identity/sign-in-page')).SignInPage }));

const statusOf = (error: unknown) => (error instanceof ApiError ? error.status : undefined);

/** The session in the organization that is looked at: the one that it names, or another that was chosen in this browser. */
function useChosenSession(session: Session | null | undefined): { session: Session | undefined; error: Error | null; retry: () => void } {
  const chosen = useChosenOrganization();
  const other = session && chosen !== null && chosen !== session.organization.slug ? chosen : null;
  const query = useQuery({ ...orgQuery(other ?? ''), enabled: other !== null });
  const gone = other !== null && statusOf(query.error) === 404;
  useEffect(() => {
    if (gone) chooseOrganization(null);
  }, [gone]);

  const { refetch } = query;
  const retry = useCallback(() => void refetch(), [refetch]);
  if (!session || other === null || gone) return { session: session ?? undefined, error: null, retry };
  if (query.data) {
    const { id, slug, name, role } = query.data;
    return { session: { ...session, organization: { id, slug, name }, role, permissions: permissionsOf(role) }, error: null, retry };
  }
  // It says why on each of its pages; those of the account, which may be the way out, are there.
  if (statusOf(query.error) === 403) {
    const organization = { id: other, slug: other, name: other };
    return { session: { ...session, organization, role: 'viewer', permissions: [] }, error: null, retry };
  }
  return { session: undefined, error: query.error, retry };
}

const withoutOrganization = /^\/(account|device|organizations\/new)(\/|$)/;

/** Somebody who belongs to no organization has an account, and can make one. */
function Belonging({ session, children }: { session: Session; children: ReactNode }) {
  // Not where somebody is on the way to: the page of before stands until the next one is there.
  const pathname = useRouterState({ select: ({ resolvedLocation, location }) => (resolvedLocation ?? location).pathname });
  if (session.organization.slug || withoutOrganization.test(pathname)) return children;
  return (
    <Notice
      level={1}
      icon={Building2}
      title="You belong to no organization"
      actions={
        <Link to="/organizations/new" className={buttonClass('primary')}>
          Make an organization
        </Link>
      }
    >
      <p>Open the invitation link that somebody gave you, or make an organization of your own.</p>
    </Notice>
  );
}

/** Lets signed-in people through, follows the feed for them, and tells the others how to get in. */
export function Gate() {
  const queryClient = useQueryClient();
  const location = useLocation();
  const query = useQuery(sessionQuery());
  const { session, error, retry } = useChosenSession(query.data);
  const { refetch } = query;
  const again = useCallback(() => void refetch(), [refetch]);
  const own = query.data?.organization.slug;
  const slug = session?.organization.slug;
  const theme = query.data?.theme;

  useEffect(() => {
    if (theme) setTheme(theme);
  }, [theme]);

  useEffect(() => {
    if (!slug) return undefined;
    let stop: (() => void) | undefined;
    let left = false;
    // What follows the feed is fetched once the page is there: it shows what happens from then on.
    void import('./live-updates').then(({ startLiveUpdates }) => {
      if (!left) stop = startLiveUpdates(queryClient, slug === own ? paths.feed : paths.orgFeed(slug));
    });
    return () => {
      left = true;
      stop?.();
    };
  }, [slug, own, queryClient]);

  if (session) {
    return (
      <SessionContext value={session}>
        <Shell>
          <Belonging session={session}>
            <Outlet />
          </Belonging>
        </Shell>
        <Keyboard />
      </SessionContext>
    );
  }
  if (query.data === null) {
    return (
      <Suspense>
        <SignInPage returnTo={location.href} />
      </Suspense>
    );
  }
  const failure = query.error ?? error;
  return (
    <ShellFrame>
      {statusOf(failure) === 0 ? (
        <Offline onRetry={query.error ? again : retry} />
      ) : failure ? (
        <ErrorNotice level={1} error={failure} onRetry={query.error ? () => void query.refetch() : retry} />
      ) : (
        <div ref={holdBack} aria-busy="true" aria-label="Loading" role="status">
          <Skeleton className="mb-6 h-8 w-40" />
          <Skeleton className="h-64 w-full rounded-xl" />
        </div>
      )}
    </ShellFrame>
  );
}

import { useInfiniteQuery } from '@tanstack/react-query';
import { useRouter } from '@tanstack/react-router';
import { Boxes, Plus } from 'lucide-react';

import { appsQuery } from '@/api/queries';
import type { App } from '@/api/types';
import { Button } from '@/components/button';
import { CliTwin } from '@/components/cli-twin';
import { ErrorNotice, Notice, Skeleton } from '@/components/states';
import { plural } from '@/lib/format';
import { useOrg } from '@/lib/session';
import { useTitle } from '@/lib/use-title';

import { AppRow } from './app-row';

/** One sentence that answers "is everything well?". */
export function summary(apps: readonly App[]): string {
  const count = (...states: App['state'][]) => apps.filter((app) => states.includes(app.state)).length;
  const failed = count('failed') + count('degraded');
  const parts = [
    failed > 0 ? `${failed} need${failed === 1 ? 's' : ''} attention` : '',
    count('deploying') > 0 ? `${count('deploying')} deploying` : '',
    count('live') > 0 ? `${count('live')} live` : '',
    count('stopped') > 0 ? `${count('stopped')} stopped` : '',
  ].filter(Boolean);
  return parts.length > 0 ? parts.join(' · ') : plural(apps.length, 'app');
}

function CreateAppButton() {
  const router = useRouter();
  return (
    <Button
      look="primary"
      onPointerEnter={() => void router.preloadRoute({ to: '/apps/new' })}
      onClick={() => void router.navigate({ to: '/apps/new' })}
    >
      <Plus aria-hidden className="size-4" />
      Create app
    </Button>
  );
}

function Loading() {
  return (
    <div role="status" aria-label="Loading apps" className="divide-y divide-line overflow-hidden rounded-xl border border-line bg-surface">
      {[0, 1, 2].map((row) => (
        <div key={row} className="flex items-center gap-4 px-4 py-4.5">
          <Skeleton className="h-5 w-36" />
          <Skeleton className="h-6 w-20 rounded-full" />
          <span className="flex-1" />
          <Skeleton className="hidden h-4 w-56 sm:block" />
        </div>
      ))}
    </div>
  );
}

export function AppsPage() {
  const org = useOrg();
  const query = useInfiniteQuery(appsQuery(org));
  const apps = query.data?.pages.flatMap((page) => page.items);
  useTitle('Apps');

  return (
    <>
      <div className="mb-6 flex flex-wrap items-center justify-between gap-3">
        <div>
          <h1 className="text-xl font-semibold tracking-tight">Apps</h1>
          {apps && apps.length > 0 && <p className="mt-0.5 text-muted">{summary(apps)}</p>}
        </div>
        {apps && apps.length > 0 && <CreateAppButton />}
      </div>

      {query.isPending && <Loading />}
      {query.isError && !apps && <ErrorNotice error={query.error} onRetry={() => void query.refetch()} />}
      {apps?.length === 0 && (
        <div className="rounded-xl border border-dashed border-line-strong">
          <Notice icon={Boxes} title="Create your first app" actions={<CreateAppButton />}>
            <p>Link a git repository; it is built into an image, placed on a worker, and gets a URL.</p>
            <CliTwin command="wh apps create hello --git https://…/hello.git" className="justify-center" />
          </Notice>
        </div>
      )}
      {apps && apps.length > 0 && (
        <>
          <ul aria-label="Apps" className="divide-y divide-line overflow-hidden rounded-xl border border-line bg-surface shadow-raise">
            {apps.map((app) => (
              <AppRow key={app.id} app={app} />
            ))}
          </ul>
          <div className="mt-3 flex flex-wrap items-center justify-between gap-3">
            <CliTwin command="wh apps" />
            {query.hasNextPage && (
              <Button size="sm" busy={query.isFetchingNextPage} onClick={() => void query.fetchNextPage()}>
                Show more
              </Button>
            )}
          </div>
        </>
      )}
    </>
  );
}

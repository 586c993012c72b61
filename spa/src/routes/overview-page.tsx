import { useInfiniteQuery } from '@tanstack/react-query';
import { Link, useRouter } from '@tanstack/react-router';
import { Boxes, Plus } from 'lucide-react';
import { lazy, Suspense, useState } from 'react';

import { appsQuery } from '@/api/queries';
import type { App } from '@/api/types';
import { Button } from '@/components/button';
import { CliTwin } from '@/components/cli-twin';
import { DocLink } from '@/components/doc-link';
import { holdBack } from '@/components/hold-back';
import { inputClass } from '@/components/input-class';
import { PageHeader } from '@/components/page-header';
import { ErrorNotice, Notice, Skeleton } from '@/components/states';
import { TrafficCell } from '@/features/observability/traffic-cell';
import { AppsTable } from '@/features/projects/apps-table';
import { Attention, summary, troubled, type Seen } from '@/features/projects/attention';
import { cn } from '@/lib/cn';
import { notAllowed, useCanIn } from '@/lib/permissions';
import { useOrg } from '@/lib/session';
import { useTitle } from '@/lib/use-title';

// Beside the list, not in it: it comes behind the first picture.
const LoadPanel = lazy(async () => ({ default: (await import('@/features/fleet/load-panel')).LoadPanel }));

function CreateAppButton() {
  const router = useRouter();
  const may = useCanIn(undefined, 'app:write');
  return (
    <Button
      look="primary"
      disabled={!may}
      title={may ? undefined : notAllowed}
      onPointerEnter={() => void router.preloadRoute({ to: '/apps/new' })}
      onClick={() => void router.navigate({ to: '/apps/new' })}
    >
      <Plus aria-hidden />
      Create app
    </Button>
  );
}

/** In the shape of the table that comes. */
function Loading() {
  return (
    <div role="status" ref={holdBack} aria-label="Loading apps" className="overflow-hidden rounded-xl border border-line bg-surface">
      <div className="h-8" />
      {[0, 1, 2, 3].map((row) => (
        <div key={row} className="flex h-13.25 items-center gap-4 border-t border-line px-4">
          <Skeleton className="h-4 w-36" />
          <span className="flex-1" />
          <Skeleton className="hidden h-4 w-20 sm:block" />
          <Skeleton className="hidden h-4 w-56 lg:block" />
        </div>
      ))}
    </div>
  );
}

function FirstApp() {
  return (
    <div className="rounded-xl border border-dashed border-line-strong">
      <Notice icon={Boxes} title="Create your first app" actions={<CreateAppButton />}>
        <p>Link a git repository; it is built into an image, placed on a worker, and gets a URL.</p>
        <CliTwin command="wh apps create hello --git https://…/hello.git" className="justify-center" />
        <p>
          <DocLink to="first-app">Your first app, step by step</DocLink>
          {' · '}
          <Link to="/getting-started" className="rounded-sm text-accent underline decoration-line-strong underline-offset-3 hover:decoration-current">
            Setup checklist
          </Link>
        </p>
      </Notice>
    </div>
  );
}

/** From so many apps on, the list can be narrowed. */
const filterFrom = 8;
const words = (app: App) => `${app.name} ${app.project} ${app.environment} ${app.state} ${app.url}`.toLowerCase();
const troubleFirst = (seen: Seen) => (a: App, b: App) => Number(seen.has(b.id)) - Number(seen.has(a.id)) || a.name.localeCompare(b.name);

function Apps({ apps, seen, more }: { apps: readonly App[]; seen: Seen; more: { busy: boolean; load: () => void } | undefined }) {
  const [filter, setFilter] = useState('');
  const wanted = filter.trim().toLowerCase();
  const shown = apps.filter((app) => words(app).includes(wanted)).sort(troubleFirst(seen));
  return (
    <section aria-labelledby="apps" className="min-w-0">
      <div className="mb-2 flex min-h-control items-center justify-between gap-3">
        <h2 id="apps" className="font-semibold">
          Apps
        </h2>
        {apps.length >= filterFrom && (
          <input
            type="search"
            aria-label="Filter by name, project or state"
            placeholder="Filter"
            value={filter}
            onChange={(event) => setFilter(event.target.value)}
            className={cn(inputClass, 'max-w-56')}
          />
        )}
      </div>
      {shown.length > 0 ? (
        <AppsTable apps={shown} traffic={(app) => <TrafficCell app={app.name} />} more={wanted ? undefined : more} />
      ) : (
        <p className="rounded-xl border border-line bg-surface px-4 py-5 text-muted">No app matches “{filter}”.</p>
      )}
      <CliTwin command="wh apps" className="mt-3" />
    </section>
  );
}

/** How the apps are, in a line. What needs attention since the page was opened is shown when it is asked for: nothing moves by itself. */
function Meta({ apps, seen, onShow }: { apps: readonly App[]; seen: Seen; onShow: (now: Seen) => void }) {
  const now = troubled(apps);
  const unseen = [...now.keys()].some((id) => !seen.has(id));
  return (
    <span role="status">
      {summary(apps)}
      {unseen && (
        <>
          {' · '}
          <button type="button" onClick={() => onShow(now)} className="rounded-sm font-medium text-bad hover:underline">
            Show what failed
          </button>
        </>
      )}
    </span>
  );
}

/** Is everything well? What failed, what runs, what it runs on. */
export function OverviewPage() {
  const query = useInfiniteQuery(appsQuery(useOrg()));
  const apps = query.data?.pages.flatMap((page) => page.items);
  const some = apps !== undefined && apps.length > 0;
  const [seen, setSeen] = useState<Seen>();
  if (apps && !seen) setSeen(troubled(apps));
  const more = query.hasNextPage ? { busy: query.isFetchingNextPage, load: () => void query.fetchNextPage() } : undefined;
  useTitle('Overview');

  return (
    <>
      <PageHeader title="Overview" meta={some && seen ? <Meta apps={apps} seen={seen} onShow={setSeen} /> : apps ? 'No apps yet' : '\u00a0'} actions={some && <CreateAppButton />} />
      {some && seen && <Attention apps={apps} seen={seen} />}
      {query.isError && !apps ? (
        <ErrorNotice error={query.error} onRetry={() => void query.refetch()} />
      ) : (
        // Another element once the apps are there: what needs attention stands above them then, and nothing has moved.
        <div key={apps ? 'apps' : 'loading'} className="in-order grid items-start gap-6 wide:grid-cols-[minmax(0,1fr)_20rem]">
          {query.isPending && (
            <div>
              <div className="mb-2 h-control" />
              <Loading />
            </div>
          )}
          {apps?.length === 0 && <FirstApp />}
          {some && seen && <Apps apps={apps} seen={seen} more={more} />}
          {apps && (
            <div className="wide:mt-10">
              <Suspense
                fallback={
                  <div role="status" data-loading aria-label="Loading machines">
                    <Skeleton className="h-24 rounded-xl" />
                  </div>
                }
              >
                <LoadPanel />
              </Suspense>
            </div>
          )}
        </div>
      )}
    </>
  );
}

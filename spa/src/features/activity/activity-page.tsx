import { useInfiniteQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { Activity as ActivityIcon } from 'lucide-react';
import type { ReactNode } from 'react';

import { Banner } from '@/components/banner';
import { Button } from '@/components/button';
import { CliTwin } from '@/components/cli-twin';
import { holdBack } from '@/components/hold-back';
import { PageHeader } from '@/components/page-header';
import { ErrorNotice, Notice, Skeleton } from '@/components/states';
import { StatusMark } from '@/components/status-badge';
import { TimeAgo } from '@/components/time-ago';
import { cn } from '@/lib/cn';
import { useLive } from '@/lib/live';
import { useCan } from '@/lib/permissions';
import { useOrg } from '@/lib/session';
import { useTitle } from '@/lib/use-title';

import { activityQuery } from './api';
import { byDay, linesOf, type Line, type Subject } from './lines';
import { wordsOf } from './words';

export type Show = Subject | 'all';

const choices: readonly { show: Show; label: string }[] = [
  { show: 'all', label: 'All' },
  { show: 'deployments', label: 'Deployments' },
  { show: 'apps', label: 'Apps' },
  { show: 'people', label: 'People' },
  { show: 'machines', label: 'Machines' },
];

const linkClass = 'font-medium underline decoration-line-strong underline-offset-3 hover:decoration-current';

/** What it is about, and the way there; what was erased has none. */
function Target({ line, erased }: { line: Line; erased: ReadonlySet<string> }) {
  const { nameless } = wordsOf(line);
  if (line.worker !== null) {
    return (
      <Link to="/workers" className={linkClass}>
        {line.name ?? nameless}
      </Link>
    );
  }
  const app = line.appName;
  if (app === null || line.app === null || erased.has(line.app)) return <span className="font-medium">{app ?? line.name ?? nameless}</span>;
  if (line.deployment !== null) {
    return (
      <Link to="/apps/$app/deployments/$deploymentId" params={{ app, deploymentId: line.deployment }} className={linkClass}>
        {app}
        {line.number !== null && ` #${line.number}`}
      </Link>
    );
  }
  return (
    <Link to="/apps/$app" params={{ app }} className={linkClass}>
      {app}
    </Link>
  );
}

function Sentence({ line, erased }: { line: Line; erased: ReadonlySet<string> }): ReactNode {
  const [before, after] = wordsOf(line).text.split('{}');
  if (after === undefined) return before;
  return (
    <>
      {before}
      <Target line={line} erased={erased} />
      {after}
    </>
  );
}

const today = () => byDay([{ at: new Date().toISOString() } as Line])[0]?.day;

function Days({ lines }: { lines: readonly Line[] }) {
  const erased = new Set(lines.flatMap(({ kind, app }) => (kind === 'app.deleted' && app !== null ? [app] : [])));
  return byDay(lines).map(({ day, lines: ofDay }) => (
    <section key={day} aria-label={day}>
      <h2 className="border-b border-line bg-sunken px-4 py-1.5 text-xs font-medium text-muted">{day === today() ? 'Today' : day}</h2>
      <ol className="divide-y divide-line">
        {ofDay.map((line) => (
          <li key={line.id} className="flex items-baseline gap-3 px-4 py-2">
            <span className="translate-y-0.5">
              <StatusMark tone={wordsOf(line).tone} />
            </span>
            <p className="min-w-0 flex-1 wrap-anywhere">
              <Sentence line={line} erased={erased} />
              {line.times > 1 && <span className="text-muted"> · {line.times} times</span>}
            </p>
            <TimeAgo at={line.at} className="shrink-0 text-xs text-muted tabular-nums" />
          </li>
        ))}
      </ol>
    </section>
  ));
}

function Loading() {
  return (
    <div role="status" ref={holdBack} aria-label="Loading activity" className="divide-y divide-line">
      {[0, 1, 2, 3, 4, 5].map((row) => (
        <div key={row} className="flex items-center gap-3 px-4 py-3">
          <Skeleton className="size-3.5 rounded-full" />
          <Skeleton className={cn('h-3.5', row % 2 === 0 ? 'w-64' : 'w-48')} />
        </div>
      ))}
    </div>
  );
}

interface ActivityPageProps {
  show: Show;
  onShow: (show: Show) => void;
}

/** What happens in the organization, as it happens, and what happened in the last days. */
export function ActivityPage({ show, onShow }: ActivityPageProps) {
  const org = useOrg();
  const query = useInfiniteQuery(activityQuery(org, show));
  const lost = useLive().status === 'reconnecting';
  const lines = linesOf(query.data?.pages.flatMap((page) => page.items) ?? []);
  const mayAudit = useCan('audit:read');
  useTitle('Activity');
  return (
    <>
      <PageHeader
        title="Activity"
        meta={
          <>
            What changed, by people and machines, in the last seven days.
            {mayAudit && (
              <>
                {' '}
                Who did it: the{' '}
                <Link to="/audit" className={linkClass}>
                  audit log
                </Link>
                .
              </>
            )}
          </>
        }
      />
      {lost && (
        <Banner tone="warn" title="Reconnecting." live className="mb-4">
          What happened meanwhile appears when the connection is back.
        </Banner>
      )}
      <div role="group" aria-label="Show" className="mb-3 flex flex-wrap gap-1">
        {choices.map((each) => (
          <button
            key={each.show}
            type="button"
            aria-pressed={show === each.show}
            onClick={() => onShow(each.show)}
            className="h-control-sm rounded-lg px-2.5 font-medium text-muted hover:bg-hover hover:text-ink aria-pressed:bg-accent-soft aria-pressed:text-accent"
          >
            {each.label}
          </button>
        ))}
      </div>
      <div className="overflow-hidden rounded-xl border border-line bg-surface">
        {lines.length > 0 ? (
          <Days lines={lines} />
        ) : query.isPending ? (
          <Loading />
        ) : query.isError ? (
          <ErrorNotice error={query.error} onRetry={() => void query.refetch()} />
        ) : (
          <Notice icon={ActivityIcon} title="Nothing happened yet">
            <p>{show === 'all' ? 'Deployments, changes and machines appear here as they happen.' : 'Nothing of this kind in the last seven days.'}</p>
          </Notice>
        )}
        {query.data && (
          <div className="flex min-h-11 items-center justify-center gap-3 border-t border-line px-4 py-2 text-xs text-muted">
            {query.hasNextPage ? (
              <Button size="sm" look="quiet" busy={query.isFetchingNextPage} onClick={() => void query.fetchNextPage()}>
                Show earlier
              </Button>
            ) : (
              'Nothing older is kept: the feed holds seven days.'
            )}
          </div>
        )}
      </div>
      <CliTwin command="wh events" className="mt-3" />
    </>
  );
}

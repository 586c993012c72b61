import { useInfiniteQuery, useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { Activity as ActivityIcon } from 'lucide-react';
import { useState, type ReactNode } from 'react';

import { appsQuery, workersQuery } from '@/api/queries';
import { Banner } from '@/components/banner';
import { Button } from '@/components/button';
import { CliTwin } from '@/components/cli-twin';
import { PageHeader } from '@/components/page-header';
import { Notice, Skeleton } from '@/components/states';
import { StatusMark } from '@/components/status-badge';
import { TimeAgo } from '@/components/time-ago';
import { cn } from '@/lib/cn';
import { useCan } from '@/lib/permissions';
import { useOrg } from '@/lib/session';
import { useTitle } from '@/lib/use-title';

import { useHistory } from './history';
import { byDay, type Line, type Subject } from './lines';
import { wordsOf } from './words';

export type Show = Subject | 'all';

const choices: readonly { show: Show; label: string }[] = [
  { show: 'all', label: 'All' },
  { show: 'deployments', label: 'Deployments' },
  { show: 'apps', label: 'Apps' },
  { show: 'people', label: 'People' },
  { show: 'machines', label: 'Machines' },
];

interface Names {
  apps: ReadonlyMap<string, string>;
  workers: ReadonlyMap<string, string>;
}

const linkClass = 'font-medium underline decoration-line-strong underline-offset-3 hover:decoration-current';

function Target({ line, names }: { line: Line; names: Names }) {
  const app = line.app === undefined ? undefined : names.apps.get(line.app);
  if (line.worker !== undefined) {
    return (
      <Link to="/workers" className={linkClass}>
        {names.workers.get(line.worker) ?? 'a worker'}
      </Link>
    );
  }
  if (app === undefined) return <span className="font-medium">an app</span>;
  if (line.deployment !== undefined) {
    return (
      <Link to="/apps/$app/deployments/$deploymentId" params={{ app, deploymentId: line.deployment }} className={linkClass}>
        {app}
      </Link>
    );
  }
  return (
    <Link to="/apps/$app" params={{ app }} className={linkClass}>
      {app}
    </Link>
  );
}

function Sentence({ line, names }: { line: Line; names: Names }): ReactNode {
  const [before, after] = wordsOf(line).text.split('{}');
  if (after === undefined) return before;
  return (
    <>
      {before}
      <Target line={line} names={names} />
      {after}
    </>
  );
}

const today = () => byDay([{ at: new Date().toISOString() } as Line])[0]?.day;

function Days({ lines, names }: { lines: readonly Line[]; names: Names }) {
  return byDay(lines).map(({ day, lines: ofDay }) => (
    <section key={day} aria-label={day}>
      <h2 className="border-b border-line bg-sunken px-4 py-1.5 text-xs font-medium text-muted">{day === today() ? 'Today' : day}</h2>
      <ol className="divide-y divide-line">
        {ofDay.map((line) => (
          <li key={line.deployment ?? line.id} className="flex items-baseline gap-3 px-4 py-2">
            <span className="translate-y-0.5">
              <StatusMark tone={wordsOf(line).tone} />
            </span>
            <p className="min-w-0 flex-1 wrap-anywhere">
              <Sentence line={line} names={names} />
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
    <div role="status" aria-label="Loading activity" className="divide-y divide-line">
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
  const [back, setBack] = useState(0);
  const history = useHistory(org, back);
  const apps = useInfiniteQuery(appsQuery(org));
  const workers = useQuery(workersQuery(org));
  const mayAudit = useCan('audit:read');
  useTitle('Activity');
  const names: Names = {
    apps: new Map(apps.data?.pages.flatMap((page) => page.items).map((app) => [app.id, app.name])),
    workers: new Map(workers.data?.map((worker) => [worker.id, worker.name])),
  };
  const lines = show === 'all' ? history.lines : history.lines.filter((line) => line.subject === show);
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
      {history.lost && (
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
          <Days lines={lines} names={names} />
        ) : history.reading ? (
          <Loading />
        ) : (
          <Notice icon={ActivityIcon} title="Nothing happened yet">
            <p>{show === 'all' ? 'Deployments, changes and machines appear here as they happen.' : 'Nothing of this kind. Look at all of it, or go further back.'}</p>
          </Notice>
        )}
        <div className="flex min-h-11 items-center justify-center gap-3 border-t border-line px-4 py-2 text-xs text-muted">
          {history.complete ? (
            'Nothing older is kept: the feed holds seven days.'
          ) : (
            <Button size="sm" look="quiet" busy={history.reading} onClick={() => setBack(history.step + 1)}>
              Show earlier
            </Button>
          )}
        </div>
      </div>
      <CliTwin command="wh events" className="mt-3" />
    </>
  );
}

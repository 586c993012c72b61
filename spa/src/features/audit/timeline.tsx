import { useInfiniteQuery, useMutation, useQuery } from '@tanstack/react-query';
import { Download, Search } from 'lucide-react';
import { useState } from 'react';

import { Button } from '@/components/button';
import { CliTwin } from '@/components/cli-twin';
import { CopyButton } from '@/components/copy-button';
import { Field } from '@/components/field';
import { holdBack } from '@/components/hold-back';
import { Loaded } from '@/components/loaded';
import { Fact, Facts, Panel } from '@/components/panel';
import { ErrorNotice, InlineError, Skeleton } from '@/components/states';
import { formatUtc, plural } from '@/lib/format';
import { saveFile } from '@/lib/save-file';
import { useOrg } from '@/lib/session';
import { toast } from '@/lib/toast';

import { auditCsv, auditQuery, headQuery, noFilter, type Filter } from './api';
import { EventRow } from './event-row';
import { exportLog } from './export';

function Filters({ filter, onFilter }: { filter: Filter; onFilter: (filter: Filter) => void }) {
  const [typed, setTyped] = useState(filter);
  const field = (name: keyof Filter) => ({
    value: typed[name],
    onChange: (event: { target: { value: string } }) => setTyped({ ...typed, [name]: event.target.value }),
  });
  return (
    <form
      role="search"
      aria-label="Audit log"
      className="grid items-end gap-3 border-b border-line p-4 sm:grid-cols-2 lg:grid-cols-3"
      onSubmit={(event) => {
        event.preventDefault();
        onFilter(typed);
      }}
    >
      <Field label="Who" placeholder="name, id or kind" {...field('actor')} />
      <Field label="What" placeholder="app.deploy, or app." {...field('action')} />
      <Field label="To what" placeholder="kind, id or name" {...field('object')} />
      <Field label="From (UTC)" type="datetime-local" {...field('since')} />
      <Field label="Until (UTC)" type="datetime-local" {...field('until')} />
      <div className="flex gap-2">
        <Button type="submit" look="primary">
          <Search aria-hidden className="size-4" />
          Search
        </Button>
        <Button
          look="quiet"
          onClick={() => {
            setTyped(noFilter);
            onFilter(noFilter);
          }}
        >
          Clear
        </Button>
      </div>
    </form>
  );
}

interface TimelineProps {
  filter: Filter;
  onFilter: (filter: Filter) => void;
  /** The id of an app: only what concerns it. */
  app: string | null;
}

/** What is shown, and all that comes before it, as a file. */
function Csv({ filter, app }: { filter: Filter; app: string | null }) {
  const org = useOrg();
  const run = useMutation({
    mutationFn: () => auditCsv(org, filter, app),
    onSuccess: (blob) => saveFile(blob, `audit-${org}-${new Date().toISOString().slice(0, 10)}.csv`),
    onError: (error) => toast.error('The log was not saved', error.message),
  });
  return (
    <Button size="sm" busy={run.isPending} onClick={() => run.mutate()}>
      {!run.isPending && <Download aria-hidden className="size-3.5" />}
      Save as CSV
    </Button>
  );
}

/** What people, tokens and signed commands did, newest first. */
export function Timeline({ filter, onFilter, app }: TimelineProps) {
  const query = useInfiniteQuery(auditQuery(useOrg(), filter, app));
  const events = query.data?.pages.flatMap((page) => page.items);
  return (
    <Panel title={app ? 'What happened to this app' : 'What happened'} aside={<Csv filter={filter} app={app} />}>
      <Filters key={JSON.stringify(filter)} filter={filter} onFilter={onFilter} />
      {query.isPending && (
        <div role="status" ref={holdBack} aria-label="Loading the audit log" className="space-y-3 p-4">
          <Skeleton className="h-4 w-3/4" />
          <Skeleton className="h-4 w-1/2" />
          <Skeleton className="h-4 w-2/3" />
        </div>
      )}
      {query.isError && !events && <ErrorNotice error={query.error} onRetry={() => void query.refetch()} />}
      {events?.length === 0 && <p className="px-4 py-5 text-muted">Nothing that fits.</p>}
      {events && events.length > 0 && (
        <ol aria-label="Events" className="divide-y divide-line">
          {events.map((event) => (
            <EventRow key={event.id} event={event} />
          ))}
        </ol>
      )}
      {query.hasNextPage && (
        <div className="border-t border-line p-3 text-center">
          <Button size="sm" busy={query.isFetchingNextPage} onClick={() => void query.fetchNextPage()}>
            Show earlier
          </Button>
        </div>
      )}
    </Panel>
  );
}

function Export() {
  const org = useOrg();
  const [events, setEvents] = useState(0);
  const run = useMutation({
    mutationFn: () => exportLog(org, setEvents),
    onSuccess: (blob) => saveFile(blob, `audit-${org}-${new Date().toISOString().slice(0, 10)}.jsonl`),
  });
  return (
    <div className="space-y-2">
      <Button size="sm" busy={run.isPending} onClick={() => run.mutate()}>
        {!run.isPending && <Download aria-hidden className="size-3.5" />}
        Export as JSON lines
      </Button>
      {run.isPending && (
        <p role="status" className="text-[0.8125rem] text-muted">
          {plural(events, 'event')} read…
        </p>
      )}
      {run.isSuccess && (
        <p role="status" className="text-[0.8125rem] text-muted">
          {plural(events, 'event')} saved. Keep the file elsewhere: it shows later whether anything is missing.
        </p>
      )}
      <InlineError error={run.error} />
    </div>
  );
}

/** How far the log is sealed, its signed end, and how to verify it. */
export function SealPanel() {
  const query = useQuery(headQuery(useOrg()));
  return (
    <Panel title="Seal">
      <Loaded query={query} what="the seal">
        {(head) => (
          <Facts>
            <Fact term="Sealed">{plural(head.sequence, 'event')}</Fact>
            <Fact term="Signed">{formatUtc(head.at_us / 1000)}</Fact>
            <Fact term="Last hash">
              <span className="inline-flex items-center gap-1">
                <code className="font-mono text-xs" title={head.hash}>
                  {head.hash.slice(0, 16)}…
                </code>
                <CopyButton text={JSON.stringify(head)} what="signed head" className="h-5" />
              </span>
            </Fact>
            <Fact term="Key">
              <code className="font-mono text-xs break-all">{head.key_id}</code>
            </Fact>
          </Facts>
        )}
      </Loaded>
      <div className="space-y-3 border-t border-line p-4">
        <p className="text-[0.8125rem] text-muted">
          Each event is chained to the one before it and the end is signed. A change shows when the log is verified; a cut-off
          end only against a head or an export that is kept elsewhere.
        </p>
        <Export />
        <CliTwin command="wh audit verify" />
      </div>
    </Panel>
  );
}

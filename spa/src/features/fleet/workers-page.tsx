import { useQuery } from '@tanstack/react-query';
import { Plus, Server } from 'lucide-react';
import { useState } from 'react';

import { ApiError, request } from '@/api/client';
import { paths } from '@/api/paths';
import { keys, meQuery, workersQuery } from '@/api/queries';
import type { EnrolmentToken, Worker } from '@/api/types';
import { Button } from '@/components/button';
import { CliTwin } from '@/components/cli-twin';
import { CopyButton } from '@/components/copy-button';
import { Dialog } from '@/components/dialog';
import { Field } from '@/components/field';
import { holdBack } from '@/components/hold-back';
import { ErrorNotice, InlineError, Notice, Skeleton } from '@/components/states';
import { StatusBadge } from '@/components/status-badge';
import { TimeAgo } from '@/components/time-ago';
import { formatUtc } from '@/lib/format';
import { useCan } from '@/lib/permissions';
import { useOrg } from '@/lib/session';
import { useAction } from '@/lib/use-action';
import { useTitle } from '@/lib/use-title';

import { workerSize, workerStatus } from './worker-state';

function WorkerRow({ worker }: { worker: Worker }) {
  const flags = [worker.cordoned ? 'cordoned' : '', worker.draining ? 'draining' : ''].filter(Boolean);
  const seen = worker.last_seen_at;
  return (
    <tr className="border-t border-line first:border-t-0">
      <th scope="row" className="max-w-28 truncate px-4 sm:max-w-60 py-3 text-left font-medium">
        {worker.name}
        {seen && <TimeAgo at={seen} className="block font-normal text-muted sm:hidden" />}
      </th>
      <td className="px-4 py-3">
        <StatusBadge status={workerStatus(worker)} />
        {flags.length > 0 && <span className="ml-2 max-sm:mt-1 max-sm:ml-0 max-sm:block text-warn">{flags.join(', ')}</span>}
      </td>
      <td className="hidden px-4 py-3 text-muted sm:table-cell">{worker.capabilities?.join(', ') || '–'}</td>
      <td className="hidden px-4 py-3 whitespace-nowrap text-muted md:table-cell">{workerSize(worker)}</td>
      <td className="hidden px-4 py-3 font-mono text-xs text-muted md:table-cell">
        {worker.agent_version || '–'}
      </td>
      <td className="hidden px-4 py-3 text-right whitespace-nowrap text-muted sm:table-cell">{seen ? <TimeAgo at={seen} /> : '–'}</td>
    </tr>
  );
}

function WorkersTable({ workers }: { workers: Worker[] }) {
  return (
    <div className="overflow-x-auto rounded-xl border border-line bg-surface shadow-raise">
      <table className="w-full">
        <caption className="sr-only">Workers</caption>
        <thead>
          <tr className="border-b border-line text-left text-muted">
            <th scope="col" className="px-4 py-2.5 font-medium">Name</th>
            <th scope="col" className="px-4 py-2.5 font-medium">State</th>
            <th scope="col" className="hidden px-4 py-2.5 font-medium sm:table-cell">Does</th>
            <th scope="col" className="hidden px-4 py-2.5 font-medium md:table-cell">Size</th>
            <th scope="col" className="hidden px-4 py-2.5 font-medium md:table-cell">Version</th>
            <th scope="col" className="hidden px-4 py-2.5 text-right font-medium whitespace-nowrap sm:table-cell">Last seen</th>
          </tr>
        </thead>
        <tbody>
          {workers.map((worker) => (
            <WorkerRow key={worker.id} worker={worker} />
          ))}
        </tbody>
      </table>
    </div>
  );
}

function Secret({ label, value }: { label: string; value: string }) {
  return (
    <div>
      <p className="mb-1 font-medium">{label}</p>
      <div className="flex items-start justify-between gap-2 rounded-lg border border-line bg-sunken px-3 py-2">
        <code className="min-w-0 font-mono text-xs leading-5 break-all">{value}</code>
        <CopyButton text={value} what={label.toLowerCase()} className="-my-1" />
      </div>
    </div>
  );
}

function EnrolForm({ onClose }: { onClose: () => void }) {
  const org = useOrg();
  const [name, setName] = useState('');
  const enrol = useAction({
    run: (body: { name: string }, idempotencyKey) =>
      request<EnrolmentToken>(paths.enrolmentTokens(org), { method: 'POST', body, idempotencyKey }),
    invalidates: () => [keys.workers],
  });

  if (enrol.data) {
    return (
      <div className="space-y-4">
        <p className="text-muted">
          Give these to the agent on {enrol.data.name}. The token works once, until {formatUtc(enrol.data.expires_at)}, and is not
          shown again.
        </p>
        <Secret label="Enrolment token" value={enrol.data.token} />
        <Secret label="Hub URL" value={enrol.data.hub_url} />
        <Secret label="CA pin" value={enrol.data.ca_pin} />
        <div className="flex justify-end">
          <Button look="primary" onClick={onClose}>
            Done
          </Button>
        </div>
      </div>
    );
  }
  const mistake = enrol.error instanceof ApiError ? enrol.error.fields[0]?.message : undefined;
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        if (name.trim()) enrol.mutate({ name: name.trim() });
      }}
    >
      <p className="mb-4 text-muted">A worker dials out to this control plane; it needs no open port.</p>
      <Field
        label="Worker name"
        placeholder="worker-2"
        autoFocus
        value={name}
        error={mistake}
        onChange={(event) => setName(event.target.value)}
      />
      {enrol.isError && !mistake && <InlineError error={enrol.error} className="mt-4" />}
      <div className="mt-5 flex flex-wrap items-center justify-end gap-2">
        <CliTwin command={`wh-control-plane worker-token ${name.trim() || 'NAME'}`} className="w-full" />
        <Button type="submit" look="primary" busy={enrol.isPending} disabled={!name.trim()}>
          Make token
        </Button>
      </div>
    </form>
  );
}

export function WorkersPage() {
  const org = useOrg();
  const query = useQuery(workersQuery(org));
  const [adding, setAdding] = useState(false);
  const close = () => setAdding(false);
  const me = useQuery(meQuery());
  // A worker runs the apps of every organization.
  const mayAdd = useCan('worker:manage') && me.data?.person?.is_operator === true;
  useTitle('Workers');

  return (
    <>
      <div className="mb-6 flex flex-wrap items-center justify-between gap-3">
        <h1 className="text-xl font-semibold tracking-tight">Workers</h1>
        <Button disabled={!mayAdd} title={mayAdd ? undefined : 'Only whoever runs this installation adds workers.'} onClick={() => setAdding(true)}>
          <Plus aria-hidden className="size-4" />
          Add worker
        </Button>
      </div>
      {query.isPending && (
        <div role="status" ref={holdBack} aria-label="Loading workers">
          <Skeleton className="h-32 w-full rounded-xl" />
        </div>
      )}
      {query.isError && !query.data && <ErrorNotice error={query.error} onRetry={() => void query.refetch()} />}
      {query.data?.length === 0 && (
        <div className="rounded-xl border border-dashed border-line-strong">
          <Notice icon={Server} title="No workers yet">
            <p>Apps run on workers. Make an enrolment token and start an agent with it.</p>
            <CliTwin command="wh-control-plane worker-token NAME" className="justify-center" />
          </Notice>
        </div>
      )}
      {query.data && query.data.length > 0 && <WorkersTable workers={query.data} />}
      <Dialog open={adding} onClose={close} title="Add a worker">
        <EnrolForm onClose={close} />
      </Dialog>
    </>
  );
}

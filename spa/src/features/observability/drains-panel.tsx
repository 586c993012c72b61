import { queryOptions, useQuery } from '@tanstack/react-query';
import { useState } from 'react';

import { ApiError, request, send } from '@/api/client';
import type { Item } from '@/api/generated';
import { paths } from '@/api/paths';
import { keys, list } from '@/api/queries';
import type { App } from '@/api/types';
import { Button } from '@/components/button';
import { Field } from '@/components/field';
import { DialogForm } from '@/components/form';
import { ListPanel } from '@/components/list-panel';
import { TimeAgo } from '@/components/time-ago';
import { plural } from '@/lib/format';
import { mistakeIn } from '@/lib/mistake';
import { useOrg } from '@/lib/session';
import { toast } from '@/lib/toast';
import { useAction } from '@/lib/use-action';

type Drain = Item<'get_orgs_by_org_apps_by_app_log_drains'>;

/** Whether lines arrive is in no feed: it is looked at again. */
const lookAgain = 10_000;
const drainsQuery = (org: string, app: string) =>
  queryOptions({ ...list<Drain>(keys.logDrains(app), paths.logDrains(org, app)), refetchInterval: lookAgain });

function AddForm({ app, onClose }: { app: string; onClose: () => void }) {
  const org = useOrg();
  const [url, setUrl] = useState('');
  const [token, setToken] = useState('');
  const add = useAction({
    run: (body: { url: string; token?: string }, idempotencyKey) =>
      request<Drain>(paths.logDrains(org, app), { method: 'POST', body, idempotencyKey }),
    invalidates: () => [keys.logDrains(app)],
    onDone: () => {
      onClose();
      toast.done('The drain was added');
    },
  });
  const mistakes = add.error instanceof ApiError ? add.error.fields : [];
  const at = (pointer: string) => mistakeIn(add.error, pointer);
  const submit = () => {
    if (url.trim()) add.mutate({ url: url.trim(), ...(token ? { token } : {}) });
  };
  return (
    <DialogForm action="Add drain" busy={add.isPending} ready={url.trim() !== ''} error={mistakes.length === 0 ? add.error : null} command={`wh drains add ${app} ${url.trim() || 'URL'}${token ? ' --token -' : ''}`} onClose={onClose} onSubmit={submit}>
      <Field
        label="Address"
        hint="https://… takes lines of JSON; syslog+tls://host:port takes RFC 5424."
        placeholder="https://logs.example.com/in"
        mono
        maxLength={2048}
        value={url}
        error={at('/url')}
        onChange={(event) => setUrl(event.target.value)}
      />
      <Field
        label="Token"
        type="password"
        hint="Optional, over https only. It is not shown again."
        value={token}
        error={at('/token')}
        onChange={(event) => setToken(event.target.value)}
      />
    </DialogForm>
  );
}

function StateLine({ drain }: { drain: Drain }) {
  if (drain.failing_since !== null) {
    return (
      <p className="text-[0.8125rem] text-bad">
        Failing since <TimeAgo at={drain.failing_since} />: {drain.failure} It is tried again; what waits is kept on the worker
        as long as there is room.
      </p>
    );
  }
  if (drain.delivered_at === null) return <p className="text-[0.8125rem] text-muted">Nothing was printed yet.</p>;
  return (
    <p className="text-[0.8125rem] text-muted">
      {plural(drain.delivered_lines, 'line')} delivered, the last <TimeAgo at={drain.delivered_at} />
    </p>
  );
}

function DrainRow({ app, drain }: { app: string; drain: Drain }) {
  const org = useOrg();
  const remove = useAction({
    run: (id: string, idempotencyKey) => send(paths.logDrain(org, app, id), { method: 'DELETE', idempotencyKey }),
    invalidates: () => [keys.logDrains(app)],
  });
  return (
    <li className="flex items-center gap-3 px-4 py-2.5">
      <div className="min-w-0 flex-1">
        <code className="font-mono text-xs break-all">{drain.address}</code>
        {drain.has_token && <span className="ml-2 text-xs text-muted">with a token</span>}
        <StateLine drain={drain} />
      </div>
      <Button
        size="sm"
        busy={remove.isPending}
        aria-label={`Remove ${drain.address}`}
        onClick={() =>
          remove.mutate(drain.id, { onError: (error) => toast.error('The drain was not removed', error.message) })
        }
      >
        Remove
      </Button>
    </li>
  );
}

/** Where an app's output is sent too, and whether it arrives. */
export function DrainsPanel({ app }: { app: App }) {
  const query = useQuery(drainsQuery(useOrg(), app.name));
  return (
    <ListPanel
      title="Log drains"
      query={query}
      empty="What it prints is kept on its workers only."
      add={{ action: 'Add drain', title: 'Send logs to a server too', form: (close) => <AddForm app={app.name} onClose={close} /> }}
    >
      {(drain) => <DrainRow key={drain.id} app={app.name} drain={drain} />}
    </ListPanel>
  );
}

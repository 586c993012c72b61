import { useQuery } from '@tanstack/react-query';
import { Plus } from 'lucide-react';
import { useState } from 'react';

import { ApiError, request, send } from '@/api/client';
import type { Item } from '@/api/generated';
import { paths } from '@/api/paths';
import { keys, list } from '@/api/queries';
import type { App } from '@/api/types';
import { ActionError } from '@/components/action-error';
import { Button } from '@/components/button';
import { CliTwin } from '@/components/cli-twin';
import { ConfirmDialog } from '@/components/confirm-dialog';
import { Dialog } from '@/components/dialog';
import { Field } from '@/components/field';
import { Loaded } from '@/components/loaded';
import { Panel } from '@/components/panel';
import { SelectField } from '@/components/select-field';
import { ShownOnce } from '@/components/shown-once';
import { TimeAgo } from '@/components/time-ago';
import { formatUtc } from '@/lib/format';
import { useOrg } from '@/lib/session';
import { toast } from '@/lib/toast';
import { useAction } from '@/lib/use-action';
import { useNow } from '@/lib/use-now';

type Hook = Item<'get_orgs_by_org_apps_by_app_hooks'>;

interface Wish {
  name: string;
  /** 0: until it is revoked. */
  days: number;
}

const lives = [
  { days: 0, label: 'Until it is revoked' },
  { days: 30, label: '30 days' },
  { days: 90, label: '90 days' },
  { days: 366, label: '366 days' },
];

function Made({ url, onClose }: { url: string; onClose: () => void }) {
  return (
    <div className="space-y-4">
      <p className="text-muted">Copy it now: it is not shown again. Whoever has it can deploy this app.</p>
      <ShownOnce label="Address" value={url} />
      <ShownOnce label="Command" value={`curl -X POST ${url}`} />
      <p className="text-[0.8125rem] text-muted">
        On GitHub, GitLab or Gitea, paste the address as the URL of a webhook for pushes. Pushes to other branches are let go.
      </p>
      <div className="flex justify-end">
        <Button look="primary" onClick={onClose}>
          I have kept it
        </Button>
      </div>
    </div>
  );
}

function CreateForm({ app, onClose }: { app: string; onClose: () => void }) {
  const org = useOrg();
  const [wish, setWish] = useState<Wish>({ name: '', days: 0 });
  const create = useAction({
    run: ({ name, days }: Wish, idempotencyKey) =>
      request<{ url: string }>(paths.hooks(org, app), {
        method: 'POST',
        body: days > 0 ? { name, days } : { name },
        idempotencyKey,
      }),
    invalidates: () => [keys.hooks(app)],
  });
  if (create.data) return <Made url={create.data.url} onClose={onClose} />;
  const name = wish.name.trim();
  const submit = () => {
    if (name) create.mutate({ ...wish, name });
  };
  const mistake = create.error instanceof ApiError ? create.error.fields[0]?.message : undefined;
  return (
    <form
      className="space-y-4"
      onSubmit={(event) => {
        event.preventDefault();
        submit();
      }}
    >
      <Field
        label="Name"
        hint="Who calls it."
        placeholder="GitHub"
        maxLength={100}
        value={wish.name}
        error={mistake}
        onChange={(event) => setWish({ ...wish, name: event.target.value })}
      />
      <SelectField label="Works" value={wish.days} onChange={(event) => setWish({ ...wish, days: Number(event.target.value) })}>
        {lives.map(({ days, label }) => (
          <option key={days} value={days}>
            {label}
          </option>
        ))}
      </SelectField>
      {mistake === undefined && <ActionError error={create.error} onProved={submit} />}
      <CliTwin command={`wh hooks create ${app} ${name || 'NAME'}${wish.days > 0 ? ` --days ${wish.days}` : ''}`} />
      <div className="flex justify-end gap-2">
        <Button look="quiet" onClick={onClose}>
          Cancel
        </Button>
        <Button type="submit" look="primary" busy={create.isPending} disabled={!name}>
          Make hook
        </Button>
      </div>
    </form>
  );
}

function HookRow({ hook, onRevoke }: { hook: Hook; onRevoke: () => void }) {
  const now = useNow();
  const expired = hook.expires_at !== null && Date.parse(hook.expires_at) < now;
  return (
    <li className="flex items-center gap-3 px-4 py-2.5">
      <div className="min-w-0 flex-1">
        <p className="font-medium">
          {hook.name} <code className="ml-1 font-mono text-xs font-normal text-muted">{hook.prefix}…</code>
        </p>
        <p className="text-[0.8125rem] text-muted">
          {hook.last_used_at ? (
            <>
              used <TimeAgo at={hook.last_used_at} />
              {hook.last_used_from && ` from ${hook.last_used_from}`}
            </>
          ) : (
            'never used'
          )}
          {hook.expires_at && (
            <span className={expired ? 'text-bad' : undefined} title={formatUtc(hook.expires_at)}>
              {expired ? ' · expired ' : ' · until '}
              {hook.expires_at.slice(0, 10)}
            </span>
          )}
          {` · made by ${hook.created_by}`}
        </p>
      </div>
      <Button size="sm" aria-label={`Revoke ${hook.name}`} onClick={onRevoke}>
        Revoke
      </Button>
    </li>
  );
}

/** Secret addresses that deploy this app when a program calls them. */
export function HooksPanel({ app }: { app: App }) {
  const org = useOrg();
  const query = useQuery(list<Hook>(keys.hooks(app.name), paths.hooks(org, app.name)));
  const [creating, setCreating] = useState(false);
  const [revoking, setRevoking] = useState<Hook | null>(null);
  const close = () => setRevoking(null);
  const revoke = useAction({
    run: (id: string, idempotencyKey) => send(paths.hook(org, app.name, id), { method: 'DELETE', idempotencyKey }),
    invalidates: () => [keys.hooks(app.name)],
    onDone: () => {
      close();
      toast.done('The hook is void');
    },
  });
  return (
    <Panel
      title="Deploy hooks"
      aside={
        <Button size="sm" onClick={() => setCreating(true)}>
          <Plus aria-hidden className="size-3.5" />
          Make hook
        </Button>
      }
    >
      <Loaded query={query} what="Deploy hooks" empty="None yet. A hook is an address that deploys this app when a program calls it.">
        {(hooks) => (
          <ul aria-label="Deploy hooks" className="divide-y divide-line">
            {hooks.map((hook) => (
              <HookRow
                key={hook.id}
                hook={hook}
                onRevoke={() => {
                  revoke.reset();
                  setRevoking(hook);
                }}
              />
            ))}
          </ul>
        )}
      </Loaded>
      <Dialog open={creating} onClose={() => setCreating(false)} title="Make a deploy hook">
        <CreateForm app={app.name} onClose={() => setCreating(false)} />
      </Dialog>
      <ConfirmDialog
        open={revoking !== null}
        onClose={close}
        title={`Revoke ${revoking?.name ?? 'the hook'}?`}
        action="Revoke"
        busy={revoke.isPending}
        error={revoke.error}
        onConfirm={() => revoking && revoke.mutate(revoking.id)}
      >
        <p>Its address deploys nothing any more, at once. Deployments that it started go on.</p>
      </ConfirmDialog>
    </Panel>
  );
}

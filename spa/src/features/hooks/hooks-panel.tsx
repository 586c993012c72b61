import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';

import { request } from '@/api/client';
import type { Item } from '@/api/generated';
import { paths } from '@/api/paths';
import { keys, list } from '@/api/queries';
import type { App } from '@/api/types';
import { Field } from '@/components/field';
import { DialogForm } from '@/components/form';
import { ListPanel } from '@/components/list-panel';
import { MadeOnce } from '@/components/made-once';
import { RevokeButton } from '@/components/revoke-button';
import { SelectField } from '@/components/select-field';
import { TimeAgo } from '@/components/time-ago';
import { formatUtc } from '@/lib/format';
import { mistakeIn } from '@/lib/mistake';
import { useOrg } from '@/lib/session';
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
  if (create.data) {
    const { url } = create.data;
    return (
      <MadeOnce
        text="Copy it now: it is not shown again. Whoever has it can deploy this app."
        values={{ Address: url, Command: `curl -X POST ${url}` }}
        onClose={onClose}
      >
        <p className="text-[0.8125rem] text-muted">
          On GitHub, GitLab, Gitea or Bitbucket, paste the address as the URL of a webhook for pushes. Pushes to other branches and
          pull requests are let go.
        </p>
      </MadeOnce>
    );
  }
  const name = wish.name.trim();
  const mistake = mistakeIn(create.error);
  return (
    <DialogForm
      action="Make hook"
      busy={create.isPending}
      ready={name !== ''}
      error={mistake === undefined ? create.error : null}
      command={`wh hooks create ${app} ${name || 'NAME'}${wish.days > 0 ? ` --days ${wish.days}` : ''}`}
      onClose={onClose}
      onSubmit={() => create.mutate({ ...wish, name })}
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
    </DialogForm>
  );
}

function HookRow({ app, hook }: { app: string; hook: Hook }) {
  const org = useOrg();
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
      <RevokeButton
        name={hook.name}
        path={paths.hook(org, app, hook.id)}
        invalidates={keys.hooks(app)}
        effect="Its address deploys nothing any more, at once. Deployments that it started go on."
        done="The hook is void"
      />
    </li>
  );
}

/** Secret addresses that deploy this app when a program calls them. */
export function HooksPanel({ app }: { app: App }) {
  const query = useQuery(list<Hook>(keys.hooks(app.name), paths.hooks(useOrg(), app.name)));
  return (
    <ListPanel
      title="Deploy hooks"
      query={query}
      empty="None yet. A hook is an address that deploys this app when a program calls it."
      add={{ action: 'Make hook', title: 'Make a deploy hook', form: (close) => <CreateForm app={app.name} onClose={close} /> }}
    >
      {(hook) => <HookRow key={hook.id} app={app.name} hook={hook} />}
    </ListPanel>
  );
}

import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';

import { request } from '@/api/client';
import { paths } from '@/api/paths';
import { keys, list, projectsQuery } from '@/api/queries';
import { Field } from '@/components/field';
import { DialogForm } from '@/components/form';
import { ListPanel } from '@/components/list-panel';
import { MadeOnce } from '@/components/made-once';
import { RevokeButton } from '@/components/revoke-button';
import { CheckField, SelectField } from '@/components/select-field';
import { TimeAgo } from '@/components/time-ago';
import { formatUtc, plural } from '@/lib/format';
import { mistakeIn } from '@/lib/mistake';
import { useOrg } from '@/lib/session';
import { useAction } from '@/lib/use-action';
import { useNow } from '@/lib/use-now';

export interface Token {
  id: string;
  name: string;
  prefix: string;
  scope: string;
  projects: string[];
  created_at: string;
  expires_at: string;
  last_used_at: string | null;
  made_by: string;
}

interface NewToken {
  token: string;
  info: Token;
}

interface Wish {
  name: string;
  scope: string;
  projects: string[];
  days: number;
}

const scopes = [
  { value: 'read', label: 'read: see everything but values' },
  { value: 'deploy', label: 'deploy: also start deployments and rollbacks' },
  { value: 'write', label: 'write: also change apps and variables' },
  { value: 'admin', label: 'admin: also members, tokens and settings' },
];

function ProjectChoice({ chosen, onChange }: { chosen: string[]; onChange: (chosen: string[]) => void }) {
  const query = useQuery(projectsQuery(useOrg()));
  if (!query.data || query.data.length === 0) return null;
  return (
    <fieldset>
      <legend className="mb-1.5 font-medium">Only these projects</legend>
      <div className="max-h-32 space-y-1 overflow-y-auto">
        {query.data.map((project) => (
          <CheckField
            key={project.id}
            label={project.name}
            checked={chosen.includes(project.id)}
            onChange={(event) =>
              onChange(event.target.checked ? [...chosen, project.id] : chosen.filter((id) => id !== project.id))
            }
          />
        ))}
      </div>
      <p className="mt-1 text-[0.8125rem] text-muted">None chosen: everything that its role reaches.</p>
    </fieldset>
  );
}

function CreateForm({ org, onClose }: { org: string | null; onClose: () => void }) {
  const [wish, setWish] = useState<Wish>({ name: '', scope: 'deploy', projects: [], days: 90 });
  const create = useAction({
    run: (body: Wish, idempotencyKey) => request<NewToken>(paths.tokens(org), { method: 'POST', body, idempotencyKey }),
    invalidates: () => [keys.tokens(org)],
  });
  if (create.data) {
    return (
      <MadeOnce
        text={`Copy it now: it is not shown again. It works until ${formatUtc(create.data.info.expires_at)}.`}
        values={{ Token: create.data.token }}
        onClose={onClose}
      />
    );
  }
  const submit = () => {
    if (wish.name.trim()) create.mutate({ ...wish, name: wish.name.trim() });
  };
  const mistake = mistakeIn(create.error);
  return (
    <DialogForm action="Make token" busy={create.isPending} ready={wish.name.trim() !== ''} error={mistake ? new Error(mistake) : create.error} onClose={onClose} onSubmit={submit}>
      <Field
        label="Name"
        placeholder="CI of hello"
        maxLength={100}
        value={wish.name}
        onChange={(event) => setWish({ ...wish, name: event.target.value })}
      />
      <SelectField label="May" value={wish.scope} onChange={(event) => setWish({ ...wish, scope: event.target.value })}>
        {scopes.map(({ value, label }) => (
          <option key={value} value={value}>
            {label}
          </option>
        ))}
      </SelectField>
      <SelectField label="Lives" value={wish.days} onChange={(event) => setWish({ ...wish, days: Number(event.target.value) })}>
        {[7, 30, 90, 180, 366].map((days) => (
          <option key={days} value={days}>
            {days} days
          </option>
        ))}
      </SelectField>
      <ProjectChoice chosen={wish.projects} onChange={(projects) => setWish({ ...wish, projects })} />
    </DialogForm>
  );
}

function TokenRow({ org, token }: { org: string | null; token: Token }) {
  const expired = Date.parse(token.expires_at) < useNow();
  return (
    <li className="flex items-center gap-3 px-4 py-2.5">
      <div className="min-w-0 flex-1">
        <p className="font-medium">
          {token.name} <code className="ml-1 font-mono text-xs font-normal text-muted">{token.prefix}…</code>
        </p>
        <p className="text-[0.8125rem] text-muted">
          {token.scope}
          {token.projects.length > 0 && ` · ${plural(token.projects.length, 'project')} only`}
          {' · '}
          {token.last_used_at ? (
            <>
              used <TimeAgo at={token.last_used_at} />
            </>
          ) : (
            'never used'
          )}
          {' · '}
          <span className={expired ? 'text-bad' : undefined} title={formatUtc(token.expires_at)}>
            {expired ? 'expired' : 'until'} {token.expires_at.slice(0, 10)}
          </span>
          {token.made_by && ` · made by ${token.made_by}`}
        </p>
      </div>
      <RevokeButton
        name={token.name}
        path={paths.token(org, token.id)}
        invalidates={keys.tokens(org)}
        effect="Programs that use it are refused everywhere within a second."
        done="The token is void"
      />
    </li>
  );
}

/** Tokens for programs: of the signed-in person (`org` null) or of an organization. */
export function TokensPanel({ org }: { org: string | null }) {
  const query = useQuery(list<Token>(keys.tokens(org), paths.tokens(org)));
  return (
    <ListPanel
      title="Tokens"
      query={query}
      what="tokens"
      empty="None yet. Programs such as a build pipeline sign in with a token."
      add={{
        action: 'Make token',
        title: org === null ? 'Make a token of yours' : 'Make a token of the organization',
        form: (close) => <CreateForm org={org} onClose={close} />,
      }}
    >
      {(token) => <TokenRow key={token.id} org={org} token={token} />}
    </ListPanel>
  );
}

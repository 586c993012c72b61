import { useQuery } from '@tanstack/react-query';
import { CircleDot, Pencil, Plus, Trash2 } from 'lucide-react';
import { useId, useState } from 'react';

import { ApiError } from '@/api/client';
import { variablesQuery } from '@/api/queries';
import type { Variable } from '@/api/types';
import { Button } from '@/components/button';
import { CliTwin } from '@/components/cli-twin';
import { Dialog } from '@/components/dialog';
import { Field } from '@/components/field';
import { inputClass } from '@/components/input-class';
import { Panel } from '@/components/panel';
import { ErrorNotice, InlineError, Skeleton } from '@/components/states';
import { TimeAgo } from '@/components/time-ago';
import { cn } from '@/lib/cn';
import { checkVariableName } from '@/lib/grammar';
import { useOrg } from '@/lib/session';
import { toast } from '@/lib/toast';

import { useDeleteVariable, useSetVariable } from './api';

type Editing = { kind: 'add' } | { kind: 'replace'; name: string };

function VariableForm({ app, editing, onClose }: { app: string; editing: Editing; onClose: () => void }) {
  const valueId = useId();
  const replacing = editing.kind === 'replace';
  const [name, setName] = useState(replacing ? editing.name : '');
  const [value, setValue] = useState('');
  const [mistake, setMistake] = useState<string>();
  const set = useSetVariable(app, onClose);
  const serverMistake = set.error instanceof ApiError ? set.error.fields[0]?.message : undefined;

  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        const found = checkVariableName(name);
        setMistake(found);
        if (!found) set.mutate({ name, value });
      }}
    >
      <div className="space-y-4">
        {!replacing && (
          <Field
            label="Variable name"
            placeholder="DATABASE_URL"
            mono
            autoFocus
            value={name}
            error={mistake}
            onChange={(event) => {
              setName(event.target.value);
              setMistake(undefined);
            }}
          />
        )}
        <div>
          <label htmlFor={valueId} className="mb-1.5 block font-medium">
            Value
          </label>
          <textarea
            id={valueId}
            rows={3}
            value={value}
            autoFocus={replacing}
            spellCheck={false}
            autoComplete="off"
            onChange={(event) => setValue(event.target.value)}
            className={cn(inputClass, 'h-auto min-h-20 resize-y py-2 font-mono text-[0.8125rem]')}
          />
          <p className="mt-1.5 text-[0.8125rem] text-muted">Sealed when it is saved, and not shown again.</p>
        </div>
      </div>
      {set.isError && (
        <InlineError error={serverMistake ? new Error(serverMistake) : set.error} className="mt-4" />
      )}
      <div className="mt-5 flex flex-wrap items-center justify-end gap-2">
        <CliTwin command={`wh env set ${app} ${name || 'NAME'}=…`} className="w-full" />
        <Button look="quiet" onClick={onClose}>
          Cancel
        </Button>
        <Button type="submit" look="primary" busy={set.isPending}>
          {replacing ? 'Replace value' : 'Add variable'}
        </Button>
      </div>
    </form>
  );
}

function VariableRow({ variable, onReplace, onDelete, deleting }: {
  variable: Variable;
  onReplace: () => void;
  onDelete: () => void;
  deleting: boolean;
}) {
  return (
    <li className="flex items-center gap-3 px-4 py-2">
      <div className="flex min-w-0 flex-1 flex-wrap items-center gap-x-3 gap-y-0.5">
        <code className="min-w-0 font-mono text-[0.8125rem] font-medium break-all">{variable.name}</code>
        {variable.staged && (
          <span className="inline-flex items-center gap-1 text-xs font-medium text-warn" title="Applied by the next deploy or restart">
            <CircleDot aria-hidden className="size-3" />
            Staged
          </span>
        )}
      </div>
      <span className="hidden text-[0.8125rem] text-muted sm:block">
        <TimeAgo at={variable.updated_at} />
      </span>
      <span className="flex">
        <Button look="quiet" size="sm" aria-label={`Replace ${variable.name}`} title="Replace value" onClick={onReplace}>
          <Pencil aria-hidden className="size-3.5" />
        </Button>
        <Button look="quiet" size="sm" aria-label={`Delete ${variable.name}`} title="Delete" busy={deleting} onClick={onDelete}>
          <Trash2 aria-hidden className="size-3.5" />
        </Button>
      </span>
    </li>
  );
}

/** An app's environment variables: names and when they changed. Values can be written, never read. */
export function VariablesPanel({ app }: { app: string }) {
  const org = useOrg();
  const query = useQuery(variablesQuery(org, app));
  const remove = useDeleteVariable(app);
  const [editing, setEditing] = useState<Editing | null>(null);
  const close = () => setEditing(null);

  return (
    <Panel
      title="Environment variables"
      aside={
        <Button size="sm" onClick={() => setEditing({ kind: 'add' })}>
          <Plus aria-hidden className="size-3.5" />
          Add variable
        </Button>
      }
    >
      {query.isPending && (
        <div role="status" aria-label="Loading variables" className="space-y-3 p-4">
          <Skeleton className="h-4 w-48" />
          <Skeleton className="h-4 w-36" />
        </div>
      )}
      {query.isError && !query.data && <ErrorNotice error={query.error} onRetry={() => void query.refetch()} />}
      {query.data?.length === 0 && (
        <div className="px-4 py-5 text-muted">
          <p>None yet. Variables reach the app at its next deploy or restart.</p>
          <CliTwin command={`wh env set ${app} NAME=value`} className="mt-1" />
        </div>
      )}
      {query.data && query.data.length > 0 && (
        <ul aria-label="Environment variables" className="divide-y divide-line">
          {query.data.map((variable) => (
            <VariableRow
              key={variable.name}
              variable={variable}
              deleting={remove.isPending && remove.variables === variable.name}
              onReplace={() => setEditing({ kind: 'replace', name: variable.name })}
              onDelete={() =>
                remove.mutate(variable.name, {
                  onSuccess: () => toast.done(`${variable.name} is staged for removal`, 'The next deploy or restart applies it.'),
                  onError: (error) => toast.error(`${variable.name} was not deleted`, error.message),
                })
              }
            />
          ))}
        </ul>
      )}
      <Dialog
        open={editing !== null}
        onClose={close}
        title={editing?.kind === 'replace' ? `Replace ${editing.name}` : 'Add a variable'}
      >
        {editing && <VariableForm app={app} editing={editing} onClose={close} />}
      </Dialog>
    </Panel>
  );
}

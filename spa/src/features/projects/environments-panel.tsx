import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { Plus } from 'lucide-react';
import { useState } from 'react';

import { Button } from '@/components/button';
import { ConfirmDialog } from '@/components/confirm-dialog';
import { Dialog } from '@/components/dialog';
import { Field } from '@/components/field';
import { DialogForm } from '@/components/form';
import { Loaded } from '@/components/loaded';
import { Panel } from '@/components/panel';
import { TextArea } from '@/components/text-area';
import { plural } from '@/lib/format';
import { mistakeIn } from '@/lib/mistake';
import { useCanIn } from '@/lib/permissions';
import { useOrg } from '@/lib/session';

import { environmentsQuery, useDeleteEnvironment, useSaveEnvironment, type Environment } from './projects-api';

const linesOf = (text: string) =>
  text
    .split('\n')
    .map((line) => line.trim())
    .filter(Boolean);

function EnvironmentForm({ project, environment, onClose }: { project: string; environment: Environment | null; onClose: () => void }) {
  const [name, setName] = useState(environment?.name ?? '');
  const [patterns, setPatterns] = useState(environment?.branch_patterns.join('\n') ?? '');
  const save = useSaveEnvironment(project, environment !== null, onClose);
  const submit = () => {
    if (name.trim()) save.mutate({ name: name.trim(), branch_patterns: linesOf(patterns) });
  };
  const mistake = mistakeIn(save.error);
  return (
    <DialogForm action="Save" busy={save.isPending} ready={name.trim() !== ''} error={mistake ? null : save.error} onClose={onClose} onSubmit={submit}>
      {!environment && <Field label="Name" placeholder="staging" mono value={name} onChange={(event) => setName(event.target.value)} />}
      <TextArea
        label="Branches"
        hint="One a line; * is any run of characters, and * alone all other branches."
        rows={4}
        value={patterns}
        error={mistake}
        onChange={(event) => setPatterns(event.target.value)}
      />
    </DialogForm>
  );
}

/** The environments of a project. */
export function EnvironmentsPanel({ project }: { project: string }) {
  const query = useQuery(environmentsQuery(useOrg(), project));
  const mayWrite = useCanIn(project, 'project:write');
  const [editing, setEditing] = useState<Environment | 'new' | null>(null);
  const [removing, setRemoving] = useState<Environment | null>(null);
  const remove = useDeleteEnvironment(project, () => setRemoving(null));
  return (
    <Panel
      title="Environments"
      aside={
        mayWrite && (
          <Button size="sm" onClick={() => setEditing('new')}>
            <Plus aria-hidden className="size-3.5" />
            Make environment
          </Button>
        )
      }
    >
      <Loaded query={query} what="environments" empty="None.">
        {(items) => (
          <ul aria-label="Environments" className="divide-y divide-line">
            {items.map((each) => (
              <li key={each.id} className="flex flex-wrap items-center gap-x-3 gap-y-1.5 px-4 py-2.5">
                <div className="min-w-0 flex-1 basis-48">
                  <Link
                    to="/projects/$project/environments/$environment"
                    params={{ project, environment: each.name }}
                    className="font-medium underline decoration-line-strong underline-offset-3 hover:decoration-current"
                  >
                    {each.name}
                  </Link>
                  <p className="text-[0.8125rem] text-muted">
                    {plural(each.apps, 'app')} · {each.branch_patterns.length > 0 ? `branches ${each.branch_patterns.join(', ')}` : 'no branches'}
                  </p>
                </div>
                {mayWrite && (
                  <span className="flex">
                    <Button look="quiet" size="sm" aria-label={`Change the branches of ${each.name}`} onClick={() => setEditing(each)}>
                      Branches
                    </Button>
                    {each.name !== 'production' && (
                      <Button
                        look="quiet"
                        size="sm"
                        aria-label={`Delete ${each.name}`}
                        onClick={() => {
                          remove.reset();
                          setRemoving(each);
                        }}
                      >
                        Delete
                      </Button>
                    )}
                  </span>
                )}
              </li>
            ))}
          </ul>
        )}
      </Loaded>
      <Dialog
        open={editing !== null}
        onClose={() => setEditing(null)}
        title={editing === 'new' || editing === null ? 'Make an environment' : `Branches of ${editing.name}`}
      >
        {editing && <EnvironmentForm project={project} environment={editing === 'new' ? null : editing} onClose={() => setEditing(null)} />}
      </Dialog>
      <ConfirmDialog
        open={removing !== null}
        onClose={() => setRemoving(null)}
        title={`Delete ${removing?.name ?? 'the environment'}?`}
        action="Delete environment"
        busy={remove.isPending}
        error={remove.error}
        onConfirm={() => removing && remove.mutate(removing.name)}
      >
        <p>Its variables go with it. Only an environment without apps can be deleted.</p>
      </ConfirmDialog>
    </Panel>
  );
}

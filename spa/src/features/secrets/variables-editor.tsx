import { useQuery } from '@tanstack/react-query';
import { Eye, EyeOff, Plus } from 'lucide-react';
import { useEffect, useMemo, useState } from 'react';

import type { VariableScope } from '@/api/paths';
import { ActionError } from '@/components/action-error';
import { Button } from '@/components/button';
import { CliTwin } from '@/components/cli-twin';
import { Dialog } from '@/components/dialog';
import { Loaded } from '@/components/loaded';
import { Panel } from '@/components/panel';
import { CheckField } from '@/components/select-field';
import { TextArea } from '@/components/text-area';
import { plural } from '@/lib/format';
import { useCan } from '@/lib/permissions';
import { useOrg } from '@/lib/session';
import { toast } from '@/lib/toast';

import { ChangeTable } from './change-table';
import { changeOf, draftSize, emptyDraft, without, withRemoval, withValue, type Draft } from './draft';
import { scopeVariablesQuery, useApplyChange, useDryRun, useReveal, type Change, type Revealed, type ScopedVariable } from './editor-api';
import { newVariable, VariableForm, type FormStart } from './variable-form';
import { VariablesTable } from './variables-table';

const commandOf = (scope: VariableScope) => {
  if (scope.kind === 'app') return `wh env ${scope.app} push .env`;
  if (scope.kind === 'organization') return 'wh env push .env --organization';
  if (scope.kind === 'project') return `wh env push .env --project ${scope.project}`;
  return `wh env push .env --project ${scope.project} --environment ${scope.environment}`;
};

/** What a change does, before it is saved. */
function Review({ scope, change, onClose, onSaved }: { scope: VariableScope; change: Change; onClose: () => void; onSaved: () => void }) {
  const dryRun = useDryRun(scope);
  const apply = useApplyChange(scope, () => {
    toast.done('The changes are staged', 'The next deployment or restart applies them.');
    onSaved();
  });
  const { mutate } = dryRun;
  const changed = dryRun.data?.items.filter((each) => each.change !== 'same');
  useEffect(() => mutate(change), [mutate, change]);
  const save = () => apply.mutate(change);
  return (
    <div className="space-y-4">
      {dryRun.isPending && <p role="status">Comparing…</p>}
      <ActionError error={dryRun.error} onProved={() => mutate(change)} />
      {changed?.length === 0 && <p className="text-muted">Nothing would change.</p>}
      {changed && changed.length > 0 && (
        <>
          <p className="text-muted">Values are compared by fingerprint. Nothing goes live before the next deployment or restart.</p>
          <div className="rounded-lg border border-line">
            <ChangeTable caption="Changes" changes={changed} />
          </div>
        </>
      )}
      <ActionError error={apply.error} onProved={save} />
      <div className="flex flex-wrap justify-end gap-2">
        <Button look="quiet" onClick={onClose}>
          Back
        </Button>
        <Button look="primary" busy={apply.isPending} disabled={!changed || changed.length === 0} onClick={save}>
          {changed ? `Stage ${plural(changed.length, 'change')}` : 'Stage'}
        </Button>
      </div>
    </div>
  );
}

function RawEditor({ revealed, onReview }: { revealed: Revealed | undefined; onReview: (change: Change) => void }) {
  const [text, setText] = useState(revealed?.text ?? '');
  const [replace, setReplace] = useState(false);
  return (
    <form
      className="space-y-4 p-4"
      onSubmit={(event) => {
        event.preventDefault();
        onReview({ text, replace });
      }}
    >
      <TextArea
        label="Text of a .env file"
        rows={14}
        placeholder={'# one a line\nLOG_LEVEL=debug\nKEY="several\nlines"'}
        hint={revealed ? 'With the values as they were revealed.' : 'Names that are not in it stay as they are. Reveal the values to edit all of them.'}
        value={text}
        onChange={(event) => setText(event.target.value)}
      />
      <CheckField label="Everything that is not named goes" checked={replace} onChange={(event) => setReplace(event.target.checked)} />
      <Button type="submit" disabled={text.trim() === '' && !replace}>
        Review changes
      </Button>
    </form>
  );
}

/** Where the form begins: what the draft has, else what is known of the variable. */
function startOf(name: string, draft: Draft, variable: ScopedVariable | undefined, value: string | undefined): FormStart {
  const known = draft.set[name];
  return {
    name,
    value: known?.value ?? value ?? '',
    build_time: known?.build_time ?? variable?.build_time ?? false,
    run_time: known?.run_time ?? variable?.run_time ?? true,
    expand: known?.expand ?? variable?.expand ?? false,
    fixed: true,
  };
}

type Mode = 'table' | 'text';

/** The variables of an app, environment, project or organization: as a table or as .env text, with the diff before it is staged. */
export function VariablesEditor({ scope, title }: { scope: VariableScope; title: string }) {
  const query = useQuery(scopeVariablesQuery(useOrg(), scope));
  const mayWrite = useCan('variable:write');
  const mayReveal = useCan('variable:reveal');
  const [mode, setMode] = useState<Mode>('table');
  const [draft, setDraft] = useState(emptyDraft);
  const [editing, setEditing] = useState<FormStart | null>(null);
  const [reviewing, setReviewing] = useState<Change | null>(null);
  const reveal = useReveal(scope);
  const values = useMemo(() => new Map(reveal.data?.items.map((each) => [each.name, each.value])), [reveal.data]);
  const size = draftSize(draft);
  const askReveal = () => reveal.mutate([]);

  const edit = (name: string) => {
    const variable = query.data?.find((each) => each.name === name);
    setEditing(startOf(name, draft, variable, variable?.level === scope.kind ? values.get(name) : undefined));
  };
  return (
    <Panel
      title={title}
      aside={
        <span className="flex flex-wrap justify-end gap-1.5">
          {mayReveal && (
            <Button size="sm" busy={reveal.isPending} onClick={reveal.data ? reveal.reset : askReveal}>
              {reveal.data ? <EyeOff aria-hidden className="size-3.5" /> : <Eye aria-hidden className="size-3.5" />}
              {reveal.data ? 'Hide values' : 'Reveal values'}
            </Button>
          )}
          {mayWrite && (
            <Button size="sm" aria-pressed={mode === 'text'} onClick={() => setMode(mode === 'table' ? 'text' : 'table')}>
              {mode === 'table' ? 'Edit as text' : 'Edit as table'}
            </Button>
          )}
          {mayWrite && mode === 'table' && (
            <Button size="sm" onClick={() => setEditing(newVariable)}>
              <Plus aria-hidden className="size-3.5" />
              Add
            </Button>
          )}
        </span>
      }
    >
      <ActionError error={reveal.error} onProved={askReveal} className="m-4" />
      {reveal.data && <p className="border-b border-line bg-warn-soft px-4 py-2 text-[0.8125rem] text-warn">Values are shown. The audit log says that you saw them.</p>}
      {mode === 'text' ? (
        <RawEditor key={reveal.data?.text ?? ''} revealed={reveal.data} onReview={setReviewing} />
      ) : (
        <>
          <Loaded query={query} what="variables" empty={size === 0 ? 'None yet.' : undefined}>
            {(variables) => (
              <VariablesTable
                variables={variables}
                draft={draft}
                own={scope.kind}
                values={values}
                mayWrite={mayWrite}
                onEdit={edit}
                onRemove={(name) => setDraft(withRemoval(draft, name))}
                onUndo={(name) => setDraft(without(draft, name))}
              />
            )}
          </Loaded>
          {size > 0 && (
            <div className="flex flex-wrap items-center gap-2 border-t border-line bg-sunken px-4 py-3">
              <p role="status" className="flex-1">
                {plural(size, 'change')} in the draft, not saved yet.
              </p>
              <Button look="quiet" onClick={() => setDraft(emptyDraft)}>
                Discard
              </Button>
              <Button look="primary" onClick={() => setReviewing(changeOf(draft))}>
                Review changes
              </Button>
            </div>
          )}
        </>
      )}
      <CliTwin command={commandOf(scope)} className="px-4 py-2" />
      <Dialog open={editing !== null} onClose={() => setEditing(null)} title={editing?.fixed ? editing.name : 'Add a variable'}>
        {editing && (
          <VariableForm
            start={editing}
            onClose={() => setEditing(null)}
            onKeep={(value) => {
              setDraft(withValue(draft, value));
              setEditing(null);
            }}
          />
        )}
      </Dialog>
      <Dialog open={reviewing !== null} onClose={() => setReviewing(null)} title="Review changes" wide>
        {reviewing && (
          <Review
            scope={scope}
            change={reviewing}
            onClose={() => setReviewing(null)}
            onSaved={() => {
              setReviewing(null);
              setDraft(emptyDraft);
              setMode('table');
              reveal.reset();
            }}
          />
        )}
      </Dialog>
    </Panel>
  );
}

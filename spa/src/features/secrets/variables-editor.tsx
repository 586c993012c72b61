import { useQuery } from '@tanstack/react-query';
import { useState, type ClipboardEvent, type DragEvent } from 'react';

import type { VariableScope } from '@/api/paths';
import { ActionError } from '@/components/action-error';
import { Button } from '@/components/button';
import { CliTwin } from '@/components/cli-twin';
import { Dialog } from '@/components/dialog';
import { DocLink } from '@/components/doc-link';
import { Loaded } from '@/components/loaded';
import { Panel } from '@/components/panel';
import { CheckField } from '@/components/select-field';
import { TextArea } from '@/components/text-area';
import { useMay } from '@/lib/permissions';
import { useOrg } from '@/lib/session';

import { changeOf, draftSize, emptyDraft, without, withRemoval, withValue, type Draft } from './draft';
import { scopeVariablesQuery, type Change, type Revealed, type ScopedVariable } from './editor-api';
import { DraftBar, importFile, KeepDraft, Tools, useRevealed, type Mode } from './editor-parts';
import { looksLikeEnv } from './env-text';
import { Precedence, type LevelPlaces } from './levels';
import { Review } from './review';
import { newVariable, VariableForm, type FormStart } from './variable-form';
import { VariablesTable } from './variables-table';

const commandOf = (scope: VariableScope) => {
  if (scope.kind === 'app') return `wh env ${scope.app} push .env`;
  if (scope.kind === 'organization') return 'wh env push .env --organization';
  if (scope.kind === 'project') return `wh env push .env --project ${scope.project}`;
  return `wh env push .env --project ${scope.project} --environment ${scope.environment}`;
};

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

/** None yet, and how to get some in. */
function Empty({ mayWrite }: { mayWrite: boolean }) {
  return (
    <>
      <p>None yet.</p>
      {mayWrite && <p>Add one, or paste the lines of a .env file here, or drop the file.</p>}
      <p>
        <DocLink to="variables">How variables reach an app</DocLink>
      </p>
    </>
  );
}

interface VariablesEditorProps {
  scope: VariableScope;
  title: string;
  /** The project (its slug) in which a role counts; none for the organization's variables. */
  project?: string;
  /** Where the other levels are edited. */
  places?: LevelPlaces;
}

const noPlaces: LevelPlaces = {};
/** The variables of an app, environment, project or organization: as a table or as .env text, with the diff before it is staged. */
export function VariablesEditor({ scope, title, project, places = noPlaces }: VariablesEditorProps) {
  const query = useQuery(scopeVariablesQuery(useOrg(), scope));
  const may = useMay();
  const inProject = project ?? ('project' in scope ? scope.project : '');
  const mayWrite = may('variable:write', inProject);
  const mayReveal = may('variable:reveal', inProject);
  const [mode, setMode] = useState<Mode>('table');
  const [draft, setDraft] = useState(emptyDraft);
  const [editing, setEditing] = useState<FormStart | null>(null);
  const [reviewing, setReviewing] = useState<Change | null>(null);
  const revealed = useRevealed(scope);
  const size = draftSize(draft);
  // What was pasted or dropped joins what the draft has already: one diff, one saving.
  const bringIn = (text: string) => setReviewing({ ...(size > 0 ? changeOf(draft) : {}), text });

  const edit = (name: string) => {
    const variable = query.data?.find((each) => each.name === name);
    setEditing(startOf(name, draft, variable, variable?.level === scope.kind ? revealed.values.get(name) : undefined));
  };
  const onPaste = (event: ClipboardEvent) => {
    const target = event.target as HTMLElement;
    const text = event.clipboardData.getData('text');
    if (!mayWrite || /^(INPUT|TEXTAREA)$/.test(target.tagName) || !looksLikeEnv(text)) return;
    event.preventDefault();
    bringIn(text);
  };
  const onDrop = (event: DragEvent) => {
    const dropped = event.dataTransfer.files[0];
    if (!mayWrite || !dropped) return;
    event.preventDefault();
    void importFile(dropped, bringIn);
  };
  return (
    <div onPaste={onPaste} onDrop={onDrop} onDragOver={(event) => mayWrite && event.preventDefault()}>
      <Panel
        title={title}
        aside={
          <Tools
            revealed={revealed}
            mode={mode}
            mayWrite={mayWrite}
            mayReveal={mayReveal}
            onMode={setMode}
            onAdd={() => setEditing(newVariable)}
            onImport={bringIn}
          />
        }
      >
        <ActionError error={revealed.error} onProved={revealed.again} className="m-4" />
        {revealed.values.size > 0 && (
          <p className="border-b border-line bg-warn-soft px-4 py-2 text-warn">Values are shown. The audit log says that you saw them.</p>
        )}
        {mode === 'text' ? (
          <RawEditor key={revealed.all?.text ?? ''} revealed={revealed.all} onReview={setReviewing} />
        ) : (
          <>
            {scope.kind !== 'organization' && (
              <div className="border-b border-line px-4 py-2">
                <Precedence own={scope.kind} places={places} />
              </div>
            )}
            <Loaded query={query} what="variables" empty={size === 0 ? <Empty mayWrite={mayWrite} /> : undefined}>
              {(variables) => (
                <VariablesTable
                  variables={variables}
                  draft={draft}
                  own={scope.kind}
                  values={revealed.values}
                  mayWrite={mayWrite}
                  mayReveal={mayReveal}
                  onReveal={(name) => revealed.ask([name])}
                  onEdit={edit}
                  onRemove={(name) => setDraft(withRemoval(draft, name))}
                  onUndo={(name) => setDraft(without(draft, name))}
                />
              )}
            </Loaded>
            {size > 0 && <DraftBar size={size} onDiscard={() => setDraft(emptyDraft)} onReview={() => setReviewing(changeOf(draft))} />}
          </>
        )}
        <CliTwin command={commandOf(scope)} className="px-4 py-2" />
      </Panel>
      <KeepDraft size={size} />
      <Dialog open={editing !== null} onClose={() => setEditing(null)} title={editing?.fixed ? editing.name : 'Add a variable'}>
        {editing && (
          <VariableForm
            start={editing}
            onClose={() => setEditing(null)}
            onKeep={(value) => {
              setDraft(withValue(draft, value));
              setEditing(null);
            }}
            onPasted={(text) => {
              setEditing(null);
              bringIn(text);
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
              revealed.hide();
            }}
          />
        )}
      </Dialog>
    </div>
  );
}

import { useBlocker } from '@tanstack/react-router';
import { Eye, EyeOff, FileUp, Plus } from 'lucide-react';
import { useRef, useState } from 'react';

import type { VariableScope } from '@/api/paths';
import { Button } from '@/components/button';
import { ConfirmDialog } from '@/components/confirm-dialog';
import { plural } from '@/lib/format';
import { toast } from '@/lib/toast';

import { useReveal, type Revealed } from './editor-api';
import { readEnvFile } from './env-text';

export type Mode = 'table' | 'text';

/** Reads a chosen or dropped file, and says where it cannot be one of variables. */
export async function importFile(file: File | undefined, onText: (text: string) => void): Promise<void> {
  if (!file) return;
  try {
    onText(await readEnvFile(file));
  } catch (error) {
    toast.error('The file was not read', error instanceof Error ? error.message : undefined);
  }
}

const noValues: ReadonlyMap<string, string> = new Map();

/** What was revealed so far: one by one, or all with the text of the file. */
export function useRevealed(scope: VariableScope) {
  const reveal = useReveal(scope);
  const [values, setValues] = useState(noValues);
  const [all, setAll] = useState<Revealed>();
  const [asked, setAsked] = useState<string[]>([]);
  const ask = (names: string[]) => {
    setAsked(names);
    reveal.mutate(names, {
      onSuccess: (revealed) => {
        setValues((old) => new Map([...old, ...revealed.items.map((each) => [each.name, each.value] as const)]));
        if (names.length === 0) setAll(revealed);
      },
    });
  };
  const hide = () => {
    setValues(noValues);
    setAll(undefined);
    reveal.reset();
  };
  return { values, all, ask, again: () => ask(asked), hide, busy: reveal.isPending, error: reveal.error };
}

interface ToolsProps {
  revealed: ReturnType<typeof useRevealed>;
  mode: Mode;
  mayWrite: boolean;
  mayReveal: boolean;
  onMode: (mode: Mode) => void;
  onAdd: () => void;
  onImport: (text: string) => void;
}

export function Tools({ revealed, mode, mayWrite, mayReveal, onMode, onAdd, onImport }: ToolsProps) {
  const shown = revealed.values.size > 0;
  const file = useRef<HTMLInputElement>(null);
  return (
    <span className="flex flex-wrap justify-end gap-1.5">
      {mayReveal && (
        <Button size="sm" busy={revealed.busy} onClick={() => (shown ? revealed.hide() : revealed.ask([]))}>
          {shown ? <EyeOff aria-hidden className="size-3.5" /> : <Eye aria-hidden className="size-3.5" />}
          <span className="max-sm:sr-only">{shown ? 'Hide values' : 'Reveal values'}</span>
        </Button>
      )}
      {mayWrite && (
        <>
          <Button size="sm" aria-pressed={mode === 'text'} onClick={() => onMode(mode === 'table' ? 'text' : 'table')}>
            {mode === 'table' ? 'Edit as text' : 'Edit as table'}
          </Button>
          <Button size="sm" onClick={() => file.current?.click()}>
            <FileUp aria-hidden className="size-3.5" />
            <span className="max-sm:sr-only">Import .env…</span>
          </Button>
          <input
            ref={file}
            type="file"
            aria-label="File to import"
            tabIndex={-1}
            className="sr-only"
            onChange={(event) => {
              void importFile(event.target.files?.[0], onImport);
              event.target.value = '';
            }}
          />
        </>
      )}
      {mayWrite && mode === 'table' && (
        <Button size="sm" onClick={onAdd}>
          <Plus aria-hidden className="size-3.5" />
          Add
        </Button>
      )}
    </span>
  );
}

/** How much is in the draft, and what can be done with it. */
export function DraftBar({ size, onDiscard, onReview }: { size: number; onDiscard: () => void; onReview: () => void }) {
  return (
    <div className="flex flex-wrap items-center gap-2 border-t border-line bg-sunken px-4 py-3">
      <p role="status" className="flex-1">
        {plural(size, 'change')} in the draft, not saved yet.
      </p>
      <Button look="quiet" onClick={onDiscard}>
        Discard
      </Button>
      <Button look="primary" onClick={onReview}>
        Review changes
      </Button>
    </div>
  );
}

/** Asks before the page with a draft is left. */
export function KeepDraft({ size }: { size: number }) {
  const blocker = useBlocker({ shouldBlockFn: () => size > 0, enableBeforeUnload: () => size > 0, withResolver: true });
  return (
    <ConfirmDialog
      open={blocker.status === 'blocked'}
      onClose={() => blocker.status === 'blocked' && blocker.reset()}
      title="Leave the draft?"
      action="Leave and discard"
      busy={false}
      error={null}
      onConfirm={() => blocker.status === 'blocked' && blocker.proceed()}
    >
      <p>{plural(size, 'change')} in the draft were not staged. They are lost when you leave this page.</p>
    </ConfirmDialog>
  );
}

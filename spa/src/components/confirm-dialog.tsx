import { useState, type ReactNode } from 'react';

import { ActionError } from './action-error';
import { Button } from './button';
import { CliTwin } from './cli-twin';
import { Dialog } from './dialog';
import { Field } from './field';

interface ConfirmProps {
  open: boolean;
  onClose: () => void;
  title: string;
  /** What happens. */
  children: ReactNode;
  /** The button's words. */
  action: string;
  /** Has to be typed first. */
  typed?: string;
  command?: string;
  busy: boolean;
  error: unknown;
  onConfirm: () => void;
}

function Confirmation({ onClose, children, action, typed, command, busy, error, onConfirm }: ConfirmProps) {
  const [given, setGiven] = useState('');
  const matches = typed === undefined || given.trim() === typed;
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        if (matches) onConfirm();
      }}
    >
      <div className="space-y-2 text-muted">{children}</div>
      {typed !== undefined && (
        <Field className="mt-4" label={`Type ${typed} to confirm`} value={given} onChange={(event) => setGiven(event.target.value)} />
      )}
      <ActionError error={error} onProved={onConfirm} className="mt-4" />
      <div className="mt-5 flex flex-wrap items-center justify-end gap-2">
        {command && <CliTwin command={command} className="w-full" />}
        <Button look="quiet" onClick={onClose}>
          Cancel
        </Button>
        <Button type="submit" look="danger" disabled={!matches} busy={busy}>
          {action}
        </Button>
      </div>
    </form>
  );
}

/** Asks before something that is hard to take back. */
export function ConfirmDialog(props: ConfirmProps) {
  return (
    <Dialog open={props.open} onClose={props.onClose} title={props.title}>
      <Confirmation {...props} />
    </Dialog>
  );
}

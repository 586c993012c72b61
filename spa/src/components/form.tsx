import type { ReactNode } from 'react';

import { ActionError } from './action-error';
import { Button } from './button';
import { CliTwin } from './cli-twin';

interface FormProps {
  onSubmit: () => void;
  className?: string;
  children: ReactNode;
}

/** A form that the page itself answers. */
export function Form({ onSubmit, className = 'space-y-4', children }: FormProps) {
  return (
    <form
      className={className}
      onSubmit={(event) => {
        event.preventDefault();
        onSubmit();
      }}
      onKeyDown={(event) => {
        // In a field of several lines Enter is a line.
        if (event.key === 'Enter' && (event.ctrlKey || event.metaKey)) event.currentTarget.requestSubmit();
      }}
    >
      {children}
    </form>
  );
}

interface DialogFormProps extends FormProps {
  /** The verb on its button. */
  action: string;
  look?: 'primary' | 'danger';
  busy: boolean;
  /** All that it needs was typed. */
  ready?: boolean;
  /** What was refused; what a field shows already is left out. */
  error: unknown;
  onClose: () => void;
  /** The words that leave everything as it is. */
  keep?: string;
  /** The command that does the same. */
  command?: string;
}

/** What a dialog asks for: its fields, what was refused, the command, and the two buttons. */
export function DialogForm({ action, look = 'primary', busy, ready = true, error, onClose, keep = 'Cancel', command, onSubmit, children }: DialogFormProps) {
  const submit = () => {
    if (ready) onSubmit();
  };
  return (
    <Form onSubmit={submit}>
      {children}
      <ActionError error={error} onProved={submit} />
      <div className="flex flex-wrap items-center justify-end gap-2">
        {command !== undefined && <CliTwin command={command} className="w-full" />}
        <Button look="quiet" onClick={onClose}>
          {keep}
        </Button>
        <Button type="submit" look={look} busy={busy} disabled={!ready}>
          {action}
        </Button>
      </div>
    </Form>
  );
}

import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';

import { deletionQuery } from '@/api/queries';
import type { App } from '@/api/types';
import { ActionError } from '@/components/action-error';
import { Button } from '@/components/button';
import { CliTwin } from '@/components/cli-twin';
import { Dialog } from '@/components/dialog';
import { Field } from '@/components/field';
import { plural } from '@/lib/format';
import { useOrg } from '@/lib/session';

import { useDeleteApp } from './api';

interface DeleteDialogProps {
  app: App;
  open: boolean;
  onClose: () => void;
  onDeleted: () => void;
}

function DeleteForm({ app, onClose, onDeleted }: Omit<DeleteDialogProps, 'open'>) {
  const [typed, setTyped] = useState('');
  const goes = useQuery(deletionQuery(useOrg(), app.name));
  const remove = useDeleteApp(app.name, onDeleted);
  const matches = typed.trim() === app.name;
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        if (matches) remove.mutate(null);
      }}
    >
      <p className="text-muted">
        Its replicas stop at once and <span className="break-all">{app.url}</span> answers with a page of ours. For 24 hours
        you can bring it back; then this goes for good:
      </p>
      {goes.data && (
        <p className="mt-2 text-muted">
          {[
            plural(goes.data.deployments, 'deployment'),
            `${plural(goes.data.releases, 'release')} with their images`,
            plural(goes.data.variables, 'variable'),
            'all logs',
            'its name and its address',
          ].join(', ')}
          .
        </p>
      )}
      <Field
        className="mt-4"
        label={`Type ${app.name} to confirm`}
        value={typed}
        onChange={(event) => setTyped(event.target.value)}
        autoFocus
      />
      <ActionError error={remove.error} onProved={() => remove.mutate(null)} className="mt-4" />
      <div className="mt-5 flex flex-wrap items-center justify-end gap-2">
        <CliTwin command={`wh delete ${app.name}`} className="w-full" />
        <Button look="quiet" onClick={onClose}>
          Keep it
        </Button>
        <Button type="submit" look="danger" disabled={!matches} busy={remove.isPending}>
          Delete app
        </Button>
      </div>
    </form>
  );
}

/** Deletes an app after its name was typed. */
export function DeleteDialog({ open, ...form }: DeleteDialogProps) {
  return (
    <Dialog open={open} onClose={form.onClose} title={`Delete ${form.app.name}?`}>
      <DeleteForm {...form} />
    </Dialog>
  );
}

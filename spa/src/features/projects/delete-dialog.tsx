import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';

import { deletionQuery } from '@/api/queries';
import type { App } from '@/api/types';
import { Dialog } from '@/components/dialog';
import { Field } from '@/components/field';
import { DialogForm } from '@/components/form';
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
    <DialogForm
      action="Delete app"
      look="danger"
      keep="Keep it"
      command={`wh delete ${app.name}`}
      busy={remove.isPending}
      ready={matches}
      error={remove.error}
      onClose={onClose}
      onSubmit={() => remove.mutate(null)}
    >
      <p className="text-muted">
        Its replicas stop at once and <span className="break-all">{app.url}</span> answers with a page of ours. For 24 hours
        you can bring it back; then this goes for good:
      </p>
      {goes.data && (
        <p className="text-muted">
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
        label={`Type ${app.name} to confirm`}
        value={typed}
        onChange={(event) => setTyped(event.target.value)}
        autoFocus
      />
    </DialogForm>
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

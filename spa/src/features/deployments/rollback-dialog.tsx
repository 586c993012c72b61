import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';

import { releasesQuery } from '@/api/queries';
import type { App, Deployment } from '@/api/types';
import { Button } from '@/components/button';
import { CliTwin } from '@/components/cli-twin';
import { Dialog } from '@/components/dialog';
import { ErrorNotice, InlineError, Skeleton } from '@/components/states';
import { TimeAgo } from '@/components/time-ago';
import { shortCommit, shortDigest } from '@/lib/format';
import { useOrg } from '@/lib/session';

import { useStartDeployment } from './api';

interface RollbackDialogProps {
  app: App;
  open: boolean;
  onClose: () => void;
  onStarted: (deployment: Deployment) => void;
}

function RollbackForm({ app, onClose, onStarted }: Omit<RollbackDialogProps, 'open'>) {
  const org = useOrg();
  const releases = useQuery(releasesQuery(org, app.name));
  const rollback = useStartDeployment(app.name, onStarted);
  const current = app.current_release?.number;
  const choices = (releases.data ?? []).filter((release) => release.number !== current);
  const [picked, setPicked] = useState<number>();
  const before = choices.find((release) => current === undefined || release.number < current) ?? choices[0];
  const chosen = picked ?? before?.number;

  if (releases.isPending) return <Skeleton className="h-32 w-full" />;
  if (releases.isError) return <ErrorNotice error={releases.error} onRetry={() => void releases.refetch()} />;
  if (choices.length === 0) return <p className="text-muted">There is no other release to go back to yet.</p>;
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        if (chosen !== undefined) rollback.mutate({ action: 'rollback', body: { release: chosen } });
      }}
    >
      <p className="mb-4 text-muted">
        A new deployment runs the chosen release’s image and variables again; nothing is built. Automatic deploys pause.
      </p>
      <fieldset className="max-h-64 divide-y divide-line overflow-y-auto rounded-lg border border-line">
        <legend className="sr-only">Release</legend>
        {choices.map((release) => (
          <label key={release.id} className="flex items-baseline gap-3 px-3 py-2.5 hover:bg-hover">
            <input
              type="radio"
              name="release"
              value={release.number}
              checked={release.number === chosen}
              onChange={() => setPicked(release.number)}
              className="relative top-0.5 accent-(--accent)"
            />
            <span className="font-medium whitespace-nowrap">Release {release.number}</span>
            <code className="min-w-0 flex-1 truncate font-mono text-xs text-muted">
              {release.commit ? shortCommit(release.commit) : shortDigest(release.image_digest)}
            </code>
            <TimeAgo at={release.created_at} className="whitespace-nowrap text-muted" />
          </label>
        ))}
      </fieldset>
      <InlineError error={rollback.error} className="mt-4" />
      <div className="mt-5 flex flex-wrap items-center justify-end gap-2">
        <CliTwin command={`wh rollback ${app.name}${chosen === undefined ? '' : ` --to ${chosen}`}`} className="w-full" />
        <Button look="quiet" onClick={onClose}>
          Keep current
        </Button>
        <Button type="submit" look="primary" busy={rollback.isPending}>
          Roll back
        </Button>
      </div>
    </form>
  );
}

export function RollbackDialog({ open, ...form }: RollbackDialogProps) {
  return (
    <Dialog open={open} onClose={form.onClose} title={`Roll back ${form.app.name}`}>
      <RollbackForm {...form} />
    </Dialog>
  );
}

import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';

import { releasesQuery } from '@/api/queries';
import type { App, Deployment } from '@/api/types';
import { Button } from '@/components/button';
import { CliTwin } from '@/components/cli-twin';
import { Dialog } from '@/components/dialog';
import { ErrorNotice, InlineError, Skeleton } from '@/components/states';
import { TimeAgo } from '@/components/time-ago';
import { cn } from '@/lib/cn';
import { shortCommit, shortDigest } from '@/lib/format';
import { useOrg } from '@/lib/session';

import { keptImages, useStartDeployment } from './api';

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
  const there = choices.filter((release) => !release.image_removed);
  const before = there.find((release) => current === undefined || release.number < current) ?? there[0];
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
          <label
            key={release.id}
            className={cn('flex items-baseline gap-3 px-3 py-2.5', release.image_removed ? 'text-muted' : 'hover:bg-hover')}
          >
            <input
              type="radio"
              name="release"
              value={release.number}
              disabled={release.image_removed}
              checked={release.number === chosen}
              onChange={() => setPicked(release.number)}
              className="relative top-0.5 accent-(--accent)"
            />
            <span className="font-medium whitespace-nowrap">Release {release.number}</span>
            <span className="min-w-0 flex-1 truncate text-xs text-muted">
              <code className="font-mono">{release.commit ? shortCommit(release.commit) : shortDigest(release.image_digest)}</code>
              {release.pinned && ' · pinned'}
              {release.image_removed && ' · image removed'}
            </span>
            <TimeAgo at={release.created_at} className="whitespace-nowrap text-muted" />
          </label>
        ))}
      </fieldset>
      {there.length < choices.length && (
        <p className="mt-2 text-xs text-muted">{keptImages} To have another one, deploy its commit again.</p>
      )}
      <InlineError error={rollback.error} className="mt-4" />
      <div className="mt-5 flex flex-wrap items-center justify-end gap-2">
        <CliTwin command={`wh rollback ${app.name}${chosen === undefined ? '' : ` --to ${chosen}`}`} className="w-full" />
        <Button look="quiet" onClick={onClose}>
          Keep current
        </Button>
        <Button type="submit" look="primary" busy={rollback.isPending} disabled={chosen === undefined}>
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

import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';

import type { App, Deployment } from '@/api/types';
import { Banner } from '@/components/banner';
import { Button } from '@/components/button';
import { CliTwin } from '@/components/cli-twin';
import { Diff, type Difference } from '@/components/diff';
import { holdBack } from '@/components/hold-back';
import { InlineError, Skeleton } from '@/components/states';
import { useStartDeployment } from '@/features/deployments/api';
import { stagedQuery, type VariableSide } from '@/features/secrets/editor-api';
import { plural } from '@/lib/format';
import { useOrg } from '@/lib/session';
import { toast } from '@/lib/toast';

/** A value is never shown; its fingerprint is the same for the same value. */
const fingerprint = (side: VariableSide | null) => side && (side.fingerprint?.slice(0, 12) ?? 'set');

function Changes({ app }: { app: string }) {
  const query = useQuery(stagedQuery(useOrg(), app));
  if (query.isError) return <InlineError error={query.error} className="m-3" />;
  if (!query.data) {
    return (
      <div role="status" ref={holdBack} aria-label="Loading changes" className="space-y-2 bg-surface px-4 py-3">
        <Skeleton className="h-4 w-72" />
      </div>
    );
  }
  const { variables, settings } = query.data;
  const items: Difference[] = [
    ...variables.map(({ name, change, live, staged }) => ({ name, change, before: fingerprint(live), after: fingerprint(staged) })),
    ...settings.map((name) => ({ name, change: 'changed', before: null, after: 'setting' })),
  ];
  return (
    <div className="max-h-[50vh] overflow-y-auto border-t border-line bg-surface">
      <Diff label="Staged changes" items={items} />
      <CliTwin command={`wh env ${app} diff`} className="px-4 py-2" />
    </div>
  );
}

interface StagedProps {
  app: App;
  onStarted: (deployment: Deployment) => void;
}

function StagedBanner({ app, staged, onStarted }: StagedProps & { staged: number }) {
  const [open, setOpen] = useState(false);
  const apply = useStartDeployment(app.name, onStarted);
  const canApply = app.current_release !== null && app.state !== 'stopped';
  return (
    <Banner
      live
      className="shadow-float"
      tone="warn"
      title={`${plural(staged, 'staged change')}.`}
      action={
        <>
          <Button size="sm" look="quiet" aria-expanded={open} onClick={() => setOpen(!open)}>
            {open ? 'Hide changes' : 'See changes'}
          </Button>
          {canApply && (
            <Button
              size="sm"
              busy={apply.isPending}
              title={`wh env ${app.name} apply`}
              onClick={() =>
                apply.mutate({ action: 'apply-staged' }, { onError: (error) => toast.error('The changes were not applied', error.message) })
              }
            >
              Apply now
            </Button>
          )}
        </>
      }
      details={open && <Changes app={app.name} />}
    >
      The next deployment applies {staged === 1 ? 'it' : 'them'}
      {canApply && '; or apply now, without a build'}.
    </Banner>
  );
}

/**
 * What the next deployment changes beside the image, with its diff and the way to apply it now. It floats over the foot of
 * the page, in room that is always kept for it: changes are also staged elsewhere, and what is read here must not move.
 */
export function StagedBar(props: StagedProps) {
  const { staged_changes: variables, staged_settings: settings } = props.app;
  const staged = variables + settings.length;
  return (
    <div className="pointer-events-none sticky bottom-4 z-10 mt-28 h-0 sm:mt-20">
      {staged > 0 && (
        <div className="pointer-events-auto absolute inset-x-0 bottom-0">
          <StagedBanner {...props} staged={staged} />
        </div>
      )}
    </div>
  );
}

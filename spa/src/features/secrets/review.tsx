import { useEffect } from 'react';

import type { VariableScope } from '@/api/paths';
import { ActionError } from '@/components/action-error';
import { Button } from '@/components/button';
import { Skeleton } from '@/components/states';
import { plural } from '@/lib/format';
import { toast } from '@/lib/toast';

import { ChangeTable } from './change-table';
import { useApplyChange, useDryRun, type Change } from './editor-api';

/** What a change does, before it is saved. */
export function Review({ scope, change, onClose, onSaved }: { scope: VariableScope; change: Change; onClose: () => void; onSaved: () => void }) {
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
      {(dryRun.isPending || dryRun.isIdle) && (
        <div role="status" aria-label="Comparing" className="space-y-2">
          <Skeleton className="h-4 w-64" />
          <Skeleton className="h-24 w-full" />
        </div>
      )}
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

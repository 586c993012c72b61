import { useQuery } from '@tanstack/react-query';
import { TriangleAlert } from 'lucide-react';

import type { App, Deployment } from '@/api/types';
import { Button } from '@/components/button';
import { CliTwin } from '@/components/cli-twin';
import { Loaded } from '@/components/loaded';
import { Panel } from '@/components/panel';
import { InlineError } from '@/components/states';
import { useCanIn } from '@/lib/permissions';
import { useOrg } from '@/lib/session';

import { ChangeTable } from './change-table';
import { stagedQuery, useApplyStaged } from './editor-api';

/** What the next deployment of an app changes beside its image, and what stands in its way. */
export function StagedPanel({ app, onStarted }: { app: App; onStarted: (deployment: Deployment) => void }) {
  const query = useQuery(stagedQuery(useOrg(), app.name));
  const mayDeploy = useCanIn(app.project, 'app:deploy');
  const apply = useApplyStaged(app.name, onStarted);
  const count = query.data ? query.data.variables.length + query.data.settings.length : 0;
  const canApply = count > 0 && app.current_release !== null && app.state !== 'stopped';
  return (
    <Panel
      title="Staged changes"
      aside={
        canApply && (
          <Button size="sm" busy={apply.isPending} disabled={!mayDeploy || (query.data?.problems.length ?? 0) > 0} onClick={() => apply.mutate(null)}>
            Apply now
          </Button>
        )
      }
    >
      <InlineError error={apply.error} className="m-4" />
      <Loaded query={query} what="staged changes">
        {(staged) => (
          <>
            {staged.problems.map((problem) => (
              <p key={problem.code + (problem.name ?? '')} role="alert" className="flex gap-2.5 border-b border-line px-4 py-3 text-bad">
                <TriangleAlert aria-hidden className="mt-0.5 size-4 shrink-0" />
                <span>
                  {problem.name && <code className="mr-1 font-mono">{problem.name}</code>}
                  {problem.message}
                </span>
              </p>
            ))}
            {count === 0 && <p className="px-4 py-5 text-muted">Nothing is staged: what runs has these variables and settings.</p>}
            {staged.variables.length > 0 && (
              <ChangeTable
                caption="Staged variables"
                changes={staged.variables.map((each) => ({ ...each, before: each.live, after: each.staged }))}
              />
            )}
            {staged.settings.length > 0 && (
              <p className="border-t border-line px-4 py-3">Settings: {staged.settings.join(', ')}</p>
            )}
          </>
        )}
      </Loaded>
      <CliTwin command={`wh env ${app.name} diff`} className="px-4 pb-3" />
    </Panel>
  );
}

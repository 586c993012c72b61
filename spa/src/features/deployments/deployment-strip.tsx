import { Link } from '@tanstack/react-router';

import type { Deployment } from '@/api/types';
import { deploymentStatus, type Tone } from '@/components/status-badge';
import { cn } from '@/lib/cn';
import { formatDuration } from '@/lib/format';

import { totalMs } from './timeline';

const shownAtOnce = 30;
const grounds: Record<Tone, string> = {
  ok: 'bg-ok',
  busy: 'bg-busy animate-breathe',
  warn: 'bg-warn',
  bad: 'bg-bad-solid',
  idle: 'bg-line-strong',
};

/** What became of it in the end: one that was replaced later had been live. */
const outcome = (deployment: Deployment): Tone =>
  deployment.state === 'superseded' && deployment.live_at ? 'ok' : deploymentStatus(deployment.state).tone;

/** The last deployments, the newest at the right: how each ended, and how long it took. */
export function DeploymentStrip({ app, deployments }: { app: string; deployments: readonly Deployment[] }) {
  const shown = deployments.slice(0, shownAtOnce).reverse();
  const took = shown.map((each) => ((each.live_at ?? each.finished_at) ? totalMs(each, 0) : 0));
  const longest = Math.max(...took, 1);
  return (
    <ol aria-label="The last deployments" className="flex h-8 items-end gap-0.75">
      {shown.map((each, index) => {
        const ms = took[index] ?? 0;
        const words = `#${each.number}: ${deploymentStatus(each.state).label.toLowerCase()}${ms > 0 ? ` after ${formatDuration(ms)}` : ''}`;
        return (
          <li key={each.id} className="h-full">
            <Link
              to="/apps/$app/deployments/$deploymentId"
              params={{ app, deploymentId: each.id }}
              preload={false}
              title={words}
              aria-label={words}
              className="flex h-full w-2 items-end hover:opacity-70"
            >
              <span className={cn('w-full rounded-xs', grounds[outcome(each)])} style={{ height: `${25 + 75 * (ms / longest)}%` }} />
            </Link>
          </li>
        );
      })}
    </ol>
  );
}

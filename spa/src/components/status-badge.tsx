import {
  Archive,
  Ban,
  CircleCheck,
  CircleDashed,
  CirclePause,
  CircleX,
  Clock,
  Hammer,
  LoaderCircle,
  Package,
  Rocket,
  Trash2,
  TriangleAlert,
  type LucideIcon,
} from 'lucide-react';

import type { AppState, DeploymentState } from '@/api/types';
import { cn } from '@/lib/cn';
import { lookup } from '@/lib/lookup';

export type Tone = 'ok' | 'busy' | 'warn' | 'bad' | 'idle';

export interface Status {
  label: string;
  tone: Tone;
  icon: LucideIcon;
  /** Turns slowly while the state is a passing one. */
  moving?: boolean;
}

const appStates: Record<AppState, Status> = {
  empty: { label: 'Not deployed', tone: 'idle', icon: CircleDashed },
  deploying: { label: 'Deploying', tone: 'busy', icon: LoaderCircle, moving: true },
  live: { label: 'Live', tone: 'ok', icon: CircleCheck },
  stopped: { label: 'Stopped', tone: 'idle', icon: CirclePause },
  failed: { label: 'Failed', tone: 'bad', icon: CircleX },
  degraded: { label: 'Degraded', tone: 'warn', icon: TriangleAlert },
  deleting: { label: 'Deleting', tone: 'warn', icon: Trash2 },
};

const deploymentStates: Record<DeploymentState, Status> = {
  queued: { label: 'Queued', tone: 'busy', icon: Clock },
  building: { label: 'Building', tone: 'busy', icon: Hammer },
  built: { label: 'Built', tone: 'busy', icon: Package },
  releasing: { label: 'Releasing', tone: 'busy', icon: Rocket },
  live: { label: 'Live', tone: 'ok', icon: CircleCheck },
  failed: { label: 'Failed', tone: 'bad', icon: CircleX },
  cancelled: { label: 'Cancelled', tone: 'idle', icon: Ban },
  superseded: { label: 'Superseded', tone: 'idle', icon: Archive },
};

/** A state that this build of the dashboard does not know is shown by its name, never hidden. */
const unknown = (state: string): Status => ({ label: state, tone: 'idle', icon: CircleDashed });

export const appStatus = (state: AppState): Status => lookup(appStates, state, unknown(state));
export const deploymentStatus = (state: DeploymentState): Status => lookup(deploymentStates, state, unknown(state));

export const toneText: Record<Tone, string> = {
  ok: 'text-ok',
  busy: 'text-busy',
  warn: 'text-warn',
  bad: 'text-bad',
  idle: 'text-muted',
};

const toneBadge: Record<Tone, string> = {
  ok: 'bg-ok-soft text-ok',
  busy: 'bg-busy-soft text-busy',
  warn: 'bg-warn-soft text-warn',
  bad: 'bg-bad-soft text-bad',
  idle: 'bg-hover text-muted',
};

export function StatusBadge({ status, className }: { status: Status; className?: string }) {
  const Icon = status.icon;
  return (
    <span
      data-tone={status.tone}
      className={cn(
        'inline-flex h-6 shrink-0 items-center gap-1.5 rounded-full pr-2.5 pl-2 text-xs font-medium whitespace-nowrap',
        toneBadge[status.tone],
        className,
      )}
    >
      <Icon aria-hidden className={cn('size-3.5', status.moving && 'animate-breathe')} strokeWidth={2.25} />
      {status.label}
    </span>
  );
}

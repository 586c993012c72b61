import type { App, AppState, DeploymentState } from '@/api/types';
import { cn } from '@/lib/cn';
import { lookup } from '@/lib/lookup';

export type Tone = 'ok' | 'busy' | 'warn' | 'bad' | 'idle';

export interface Status {
  label: string;
  tone: Tone;
}

const appStates: Record<AppState, Status> = {
  empty: { label: 'Not deployed', tone: 'idle' },
  deploying: { label: 'Deploying', tone: 'busy' },
  live: { label: 'Live', tone: 'ok' },
  stopped: { label: 'Stopped', tone: 'idle' },
  failed: { label: 'Failed', tone: 'bad' },
  degraded: { label: 'Degraded', tone: 'warn' },
  deleting: { label: 'Deleting', tone: 'warn' },
};

const deploymentStates: Record<DeploymentState, Status> = {
  queued: { label: 'Queued', tone: 'busy' },
  building: { label: 'Building', tone: 'busy' },
  built: { label: 'Built', tone: 'busy' },
  releasing: { label: 'Releasing', tone: 'busy' },
  live: { label: 'Live', tone: 'ok' },
  failed: { label: 'Failed', tone: 'bad' },
  cancelled: { label: 'Cancelled', tone: 'idle' },
  superseded: { label: 'Superseded', tone: 'idle' },
};

/** A state that this build of the dashboard does not know is shown by its name, never hidden. */
const unknown = (state: string): Status => ({ label: state, tone: 'idle' });

export const appStatus = ({ state, warnings }: Pick<App, 'state' | 'warnings'>): Status =>
  state === 'live' && warnings && warnings.length > 0 ? { label: 'Warning', tone: 'warn' } : lookup(appStates, state, unknown(state));
export const deploymentStatus = (state: DeploymentState): Status => lookup(deploymentStates, state, unknown(state));

export const toneText: Record<Tone, string> = {
  ok: 'text-ok',
  busy: 'text-busy',
  warn: 'text-warn',
  bad: 'text-bad',
  idle: 'text-muted',
};

const shapes: Record<Tone, React.ReactNode> = {
  ok: (
    <>
      <circle cx="8" cy="8" r="7" fill="currentColor" />
      <path d="m5 8.2 2.1 2.1L11 6.2" className="stroke-surface" fill="none" strokeWidth="1.6" />
    </>
  ),
  busy: (
    <>
      <circle cx="8" cy="8" r="6.25" fill="none" stroke="currentColor" strokeWidth="1.5" />
      <path d="M8 4.4a3.6 3.6 0 0 1 0 7.2z" fill="currentColor" />
    </>
  ),
  warn: (
    <>
      <path d="M8 1.6 15 14H1z" fill="currentColor" strokeWidth="1.4" stroke="currentColor" strokeLinejoin="round" />
      <path d="M8 6v3.6M8 11.6v.6" className="stroke-surface" strokeWidth="1.6" strokeLinecap="round" />
    </>
  ),
  bad: (
    <>
      <circle cx="8" cy="8" r="7" fill="currentColor" />
      <path d="m5.6 5.6 4.8 4.8m0-4.8-4.8 4.8" className="stroke-surface" strokeWidth="1.6" />
    </>
  ),
  idle: <circle cx="8" cy="8" r="6.25" fill="none" stroke="currentColor" strokeWidth="1.5" strokeDasharray="2.6 1.6" />,
};

/** The mark of a state: each tone has its own shape, so that colour says nothing alone. */
export function StatusMark({ tone, className }: { tone: Tone; className?: string }) {
  return (
    <svg
      aria-hidden
      viewBox="0 0 16 16"
      className={cn('size-3.5 shrink-0', toneText[tone], tone === 'busy' && 'animate-breathe', className)}
    >
      {shapes[tone]}
    </svg>
  );
}

/** A state as a mark and a word. */
export function StatusBadge({ status, className }: { status: Status; className?: string }) {
  return (
    <span
      data-tone={status.tone}
      className={cn('inline-flex shrink-0 items-center gap-1.5 font-medium whitespace-nowrap', toneText[status.tone], className)}
    >
      <StatusMark tone={status.tone} />
      {status.label}
    </span>
  );
}

import { Ban, Check, CircleDashed, LoaderCircle, Minus, X, type LucideIcon } from 'lucide-react';

import type { Deployment } from '@/api/types';
import { cn } from '@/lib/cn';
import { isFinal } from '@/lib/deployment';
import { formatDuration, formatUtc } from '@/lib/format';
import { useNow } from '@/lib/use-now';

import { timeline, type Phase, type PhaseState } from './timeline';

const looks: Record<PhaseState, { icon: LucideIcon; mark: string; word: string }> = {
  done: { icon: Check, mark: 'bg-ok-soft text-ok', word: 'done' },
  active: { icon: LoaderCircle, mark: 'bg-busy-soft text-busy', word: 'in progress' },
  failed: { icon: X, mark: 'bg-bad-soft text-bad', word: 'failed' },
  cancelled: { icon: Ban, mark: 'bg-hover text-muted', word: 'cancelled' },
  skipped: { icon: Minus, mark: 'bg-hover text-muted', word: 'not needed' },
  unreached: { icon: CircleDashed, mark: 'bg-hover text-muted', word: 'not reached' },
  waiting: { icon: CircleDashed, mark: 'bg-hover text-muted', word: 'waiting' },
};

function PhaseItem({ phase, last }: { phase: Phase; last: boolean }) {
  const { icon: Icon, mark, word } = looks[phase.state];
  const reached = !['waiting', 'skipped', 'unreached'].includes(phase.state);
  return (
    <li className="relative flex gap-3 pb-4 last:pb-0 sm:block sm:flex-1 sm:pb-0 sm:last:flex-none">
      {!last && (
        <span
          aria-hidden
          className="absolute top-6 bottom-0 left-3 w-px -translate-x-1/2 bg-line sm:top-3 sm:right-2 sm:bottom-auto sm:left-8 sm:h-px sm:w-auto sm:translate-x-0"
        />
      )}
      <span className={cn('relative grid size-6 shrink-0 place-items-center rounded-full', mark)}>
        <Icon
          aria-hidden
          strokeWidth={2.5}
          className={cn('size-3.5', phase.state === 'active' && 'animate-breathe')}
        />
      </span>
      <div className="flex min-w-0 flex-1 items-baseline justify-between gap-2 sm:mt-2 sm:block">
        <p className={cn('font-medium', !reached && 'font-normal text-muted')}>{phase.label}</p>
        <p className="text-[0.8125rem] text-muted tabular-nums" title={phase.startedAt ? formatUtc(phase.startedAt) : undefined}>
          {phase.tookMs !== null ? formatDuration(phase.tookMs) : phase.state === 'done' ? '\u2713' : word}
          <span className="sr-only">, {word}</span>
        </p>
      </div>
    </li>
  );
}

/** Queued → Building → Built → Releasing → Live, with what each took. */
export function PhaseTimeline({ deployment }: { deployment: Deployment }) {
  const now = useNow(!isFinal(deployment.state));
  const phases = timeline(deployment, now);
  return (
    <ol aria-label="Phases" className="flex flex-col px-4 py-4 sm:flex-row sm:px-5">
      {phases.map((phase, index) => (
        <PhaseItem key={phase.name} phase={phase} last={index === phases.length - 1} />
      ))}
    </ol>
  );
}

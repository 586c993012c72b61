import type { Deployment } from '@/api/types';
import { StatusMark, type Tone } from '@/components/status-badge';
import { cn } from '@/lib/cn';
import { isFinal } from '@/lib/deployment';
import { formatDuration, formatUtc } from '@/lib/format';
import { useNow } from '@/lib/use-now';

import { timeline, totalMs, type Phase, type PhaseState } from './timeline';

const looks: Record<PhaseState, { tone: Tone; bar: string; word: string }> = {
  done: { tone: 'ok', bar: 'bg-ok', word: 'done' },
  active: { tone: 'busy', bar: 'bg-busy animate-breathe', word: 'in progress' },
  failed: { tone: 'bad', bar: 'bg-bad-solid', word: 'failed' },
  cancelled: { tone: 'idle', bar: 'bg-line-strong', word: 'cancelled' },
  skipped: { tone: 'idle', bar: '', word: 'not needed' },
  unreached: { tone: 'idle', bar: '', word: 'not reached' },
  waiting: { tone: 'idle', bar: '', word: 'waiting' },
};

/** Each phase as long as it took, so that one sees at once where the time went. */
function Bar({ phases, total }: { phases: readonly Phase[]; total: number }) {
  return (
    <div aria-hidden className="flex h-1.5 gap-0.5 overflow-hidden rounded-full bg-hover">
      {phases.map((phase) =>
        phase.tookMs !== null && looks[phase.state].bar ? (
          <span key={phase.name} className={cn('min-w-1', looks[phase.state].bar)} style={{ flexGrow: Math.max(phase.tookMs, total / 200), flexBasis: 0 }} />
        ) : null,
      )}
    </div>
  );
}

function PhaseItem({ phase }: { phase: Phase }) {
  const { tone, word } = looks[phase.state];
  const reached = !['waiting', 'skipped', 'unreached'].includes(phase.state);
  return (
    <li className="flex min-w-0 flex-1 items-center gap-2 max-sm:basis-full">
      <StatusMark tone={tone} />
      <p className={cn('font-medium', !reached && 'font-normal text-muted')}>{phase.label}</p>
      <p className="text-xs text-muted tabular-nums max-sm:ml-auto" title={phase.startedAt ? formatUtc(phase.startedAt) : undefined}>
        {phase.tookMs !== null ? formatDuration(phase.tookMs) : phase.state === 'done' ? '' : word}
        <span className="sr-only">, {word}</span>
      </p>
    </li>
  );
}

/** Queued → Building → Built → Releasing → Live, with what each took. */
export function PhaseTimeline({ deployment }: { deployment: Deployment }) {
  const now = useNow(!isFinal(deployment.state));
  const phases = timeline(deployment, now);
  return (
    <div className="px-4 pt-4 pb-3">
      <Bar phases={phases} total={totalMs(deployment, now)} />
      <ol aria-label="Phases" className="mt-3 flex flex-wrap gap-x-4 gap-y-1.5">
        {phases.map((phase) => (
          <PhaseItem key={phase.name} phase={phase} />
        ))}
      </ol>
    </div>
  );
}

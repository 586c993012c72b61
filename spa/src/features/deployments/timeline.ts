import type { Deployment } from '@/api/types';

export type PhaseName = 'queued' | 'building' | 'built' | 'releasing' | 'live';
export type PhaseState = 'done' | 'active' | 'failed' | 'cancelled' | 'skipped' | 'waiting' | 'unreached';

export interface Phase {
  name: PhaseName;
  label: string;
  state: PhaseState;
  startedAt: string | null;
  /** Milliseconds; of an active phase up to `now`; null where nothing was measured. */
  tookMs: number | null;
}

const labels: Record<PhaseName, string> = {
  queued: 'Queued',
  building: 'Building',
  built: 'Built',
  releasing: 'Releasing',
  live: 'Live',
};

/** The phases of a deployment in order, with what each took. Pure: `now` in ms ends the one that is active. */
export function timeline(deployment: Deployment, now: number): Phase[] {
  const starts: [PhaseName, string | null][] = [
    ['queued', deployment.created_at],
    ['building', deployment.building_at ?? null],
    ['built', deployment.built_at ?? null],
    ['releasing', deployment.releasing_at ?? null],
    ['live', deployment.live_at ?? null],
  ];
  const reached = starts.reduce((last, [, at], index) => (at ? index : last), 0);
  const stopped = deployment.state === 'failed' || deployment.state === 'cancelled';
  const ended = stopped || deployment.state === 'superseded';
  const replacedEarly = deployment.state === 'superseded' && !deployment.live_at;

  return starts.map(([name, at], index) => {
    const phase = { name, label: labels[name], startedAt: at };
    if (!at) {
      const state = index < reached ? 'skipped' : ended ? 'unreached' : 'waiting';
      return { ...phase, state, tookMs: null };
    }

    const next = starts.slice(index + 1).find(([, start]) => start)?.[1] ?? null;
    const current = index === reached;
    const until = next ?? (name === 'live' ? null : (deployment.finished_at ?? null));
    const took = name === 'live' ? null : (until ? Date.parse(until) : now) - Date.parse(at);
    const tookMs = took === null ? null : Math.max(0, took);
    if (!current || name === 'live') return { ...phase, state: 'done', tookMs };
    if (stopped) return { ...phase, state: deployment.state as 'failed' | 'cancelled', tookMs };
    return { ...phase, state: replacedEarly ? 'cancelled' : 'active', tookMs };
  });
}

/** From the trigger to the end, in ms; a running deployment up to `now`. */
export function totalMs(deployment: Deployment, now: number): number {
  const end = deployment.live_at ?? deployment.finished_at;
  return Math.max(0, (end ? Date.parse(end) : now) - Date.parse(deployment.created_at));
}

import type { Receipt } from '@/api/types';
import { plural } from '@/lib/format';

export type PhaseName = 'before' | 'during' | 'after';

export interface Bar {
  name: PhaseName;
  label: string;
  p50: number | null;
  p99: number | null;
  /** Share of the longest bar, 0..1. */
  p50Share: number;
  p99Share: number;
  requests: number;
  perSecond: number | null;
  failed: number;
}

const labels: Record<PhaseName, string> = { before: 'Before', during: 'During', after: 'After' };

/** One pair of bars for each stretch of time, all to one scale. */
export function bars(receipt: Receipt): Bar[] {
  const names: PhaseName[] = ['before', 'during', 'after'];
  const longest = Math.max(...names.map((name) => receipt[name].p99_ms ?? 0), 0.001);
  return names.map((name) => {
    const phase = receipt[name];
    return {
      name,
      label: labels[name],
      p50: phase.p50_ms,
      p99: phase.p99_ms,
      p50Share: (phase.p50_ms ?? 0) / longest,
      p99Share: (phase.p99_ms ?? 0) / longest,
      requests: phase.requests,
      perSecond: phase.seconds >= 1 ? phase.requests / phase.seconds : null,
      failed: phase.failed,
    };
  });
}

const causes = [
  ['connect', 'no replica could be reached'],
  ['response', 'a replica broke off or was too late'],
  ['unserved', 'no replica took requests'],
  ['cut', 'cut at the end of the drain'],
  ['app', 'answered 5xx by the app'],
] as const;

/** What went wrong, by cause; empty when nothing did. */
export const failures = (receipt: Receipt): string[] =>
  causes.flatMap(([cause, words]) => (receipt.errors[cause] > 0 ? [`${receipt.errors[cause]} × ${words}`] : []));

const gaps: Record<string, string> = {
  haproxy_restarted: 'HAProxy was restarted',
  haproxy_reloaded: 'HAProxy was reloaded',
  agent_restarted: 'the agent was restarted',
  overtaken: 'a newer deployment overtook it',
  edge_silent: 'an edge fell silent',
};

/** Why not everything was counted, as a sentence; empty when all was. */
export function gapText(receipt: Receipt): string {
  if (receipt.complete) return receipt.gaps.includes('overtaken') ? 'A newer deployment overtook it: it ends early.' : '';
  const reasons = receipt.gaps.map((gap) => gaps[gap] ?? gap);
  return `Not everything was counted${reasons.length > 0 ? `: ${reasons.join(', ')}` : ''}.`;
}

/** Whole, with thin spaces between thousands. */
export const count = (value: number): string => value.toLocaleString('en-US').replaceAll(',', '\u202f');

/** "0.8 ms", "12 ms", "1.2 s". */
export function latency(ms: number | null): string {
  if (ms === null) return '–';
  if (ms >= 1000) return `${(ms / 1000).toFixed(1)} s`;
  return ms >= 10 ? `${Math.round(ms)} ms` : `${ms.toFixed(1)} ms`;
}

export const headlineOf = (receipt: Receipt): string =>
  receipt.failed === 0 ? 'No request failed' : `${plural(receipt.failed, 'request')} failed`;

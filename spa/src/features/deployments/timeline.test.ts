import { describe, expect, it } from 'vitest';

import { deployment } from '@/test/data';

import { timeline, totalMs } from './timeline';

const at = (seconds: number) => new Date(Date.parse('2026-11-21T10:00:00.000Z') + seconds * 1000).toISOString();
const now = Date.parse(at(100));
const brief = (of: Parameters<typeof deployment>[0]) =>
  timeline(deployment(of), now).map((phase) => `${phase.name} ${phase.state} ${phase.tookMs ?? '-'}`);

describe('timeline', () => {
  it('measures each phase of a deployment that is live', () => {
    const live = { state: 'live', building_at: at(1), built_at: at(8), releasing_at: at(8.5), live_at: at(10) } as const;

    expect(brief(live)).toEqual([
      'queued done 1000',
      'building done 7000',
      'built done 500',
      'releasing done 1500',
      'live done -',
    ]);
    expect(totalMs(deployment(live), now)).toBe(10_000);
  });

  it('lets the active phase grow', () => {
    expect(brief({ state: 'building', building_at: at(1) })).toEqual([
      'queued done 1000',
      'building active 99000',
      'built waiting -',
      'releasing waiting -',
      'live waiting -',
    ]);
  });

  it('stops where it failed', () => {
    expect(brief({ state: 'failed', building_at: at(1), finished_at: at(5) })).toEqual([
      'queued done 1000',
      'building failed 4000',
      'built unreached -',
      'releasing unreached -',
      'live unreached -',
    ]);
  });

  it('skips the build of a rollback', () => {
    const phases = brief({ state: 'live', trigger: 'rollback', built_at: at(0), releasing_at: at(1), live_at: at(2) });

    expect(phases[1]).toBe('building skipped -');
    expect(phases[4]).toBe('live done -');
  });

  it('marks a deployment that was overtaken before it was live', () => {
    expect(brief({ state: 'superseded', building_at: at(1), finished_at: at(3) })[1]).toBe('building cancelled 2000');
  });
});

import type { Change } from '@/api/types';
import { lookup } from '@/lib/lookup';

export type Subject = 'deployments' | 'apps' | 'people' | 'machines';

/** One thing that happened: several changes of a deployment are one, with the state that it reached. */
export interface Line {
  /** The place of its newest change in the feed. */
  id: string;
  at: string;
  kind: string;
  subject: Subject;
  app?: string | undefined;
  deployment?: string | undefined;
  worker?: string | undefined;
  /** How often in a row. */
  times: number;
}

const most = 400;

const subjects: Record<string, Subject> = {
  deployment: 'deployments',
  app: 'apps',
  project: 'apps',
  environment: 'apps',
  replica: 'apps',
  organization: 'people',
  member: 'people',
  worker: 'machines',
};

/** Steps on the way and ordinary life of replicas: too many to be news. */
const isNews = (kind: string) => kind !== 'deployment.progress' && (!kind.startsWith('replica.') || kind === 'replica.failed');

/** The lines with one more change, newest first. A change that was told before (a stream resumed) changes nothing. */
export function add(lines: readonly Line[], change: Change, id: string): readonly Line[] {
  if (!isNews(change.kind) || lines.some((line) => line.id === id)) return lines;
  const line: Line = {
    id,
    at: change.at,
    kind: change.kind,
    subject: lookup(subjects, change.kind.split('.', 1)[0] ?? '', 'apps'),
    app: change.app_id ?? undefined,
    deployment: change.deployment_id ?? undefined,
    worker: change.worker_id ?? undefined,
    times: 1,
  };
  if (line.subject === 'deployments' && line.deployment) {
    const before = lines.find((each) => each.deployment === line.deployment);
    const known = { ...line, app: line.app ?? before?.app };
    return [known, ...lines.filter((each) => each !== before)].slice(0, most);
  }
  const [newest, ...rest] = lines;
  if (newest && newest.kind === line.kind && newest.app === line.app && newest.worker === line.worker) {
    return [{ ...line, times: newest.times + 1 }, ...rest];
  }
  return [line, ...lines].slice(0, most);
}

/** "2026-11-21" of each line's day, in the reader's time zone, with its lines. */
export function byDay(lines: readonly Line[]): { day: string; lines: Line[] }[] {
  const days: { day: string; lines: Line[] }[] = [];
  for (const line of lines) {
    const date = new Date(line.at);
    const day = `${date.getFullYear()}-${String(date.getMonth() + 1).padStart(2, '0')}-${String(date.getDate()).padStart(2, '0')}`;
    const last = days.at(-1);
    if (last?.day === day) last.lines.push(line);
    else days.push({ day, lines: [line] });
  }
  return days;
}

import type { Item } from '@/api/generated';
import { lookup } from '@/lib/lookup';

export type News = Item<'get_orgs_by_org_activity'>;

export type Subject = 'deployments' | 'apps' | 'people' | 'machines';

/** One thing that happened: several changes of a deployment are one, with the state that it reached. */
export interface Line {
  /** The place of its newest change in the feed. */
  id: string;
  at: string;
  kind: string;
  subject: Subject;
  app: string | null;
  appName: string | null;
  deployment: string | null;
  number: number | null;
  worker: string | null;
  /** What a worker, project, environment or person is called. */
  name: string | null;
  /** How often in a row. */
  times: number;
}

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

function nameOf({ worker_name: worker, data }: News): string | null {
  if (worker !== null) return worker;
  const name = typeof data === 'object' && data !== null && 'name' in data ? data.name : null;
  return typeof name === 'string' && name !== '' ? name : null;
}

const lineOf = (news: News): Line => ({
  id: news.id,
  at: news.at,
  kind: news.kind,
  subject: lookup(subjects, news.kind.split('.', 1)[0] ?? '', 'apps'),
  app: news.app_id,
  appName: news.app_name,
  deployment: news.deployment_id,
  number: news.deployment_number,
  worker: news.worker_id,
  name: nameOf(news),
  times: 1,
});

const same = (one: Line, other: Line) =>
  one.kind === other.kind && one.app === other.app && one.worker === other.worker && one.name === other.name;

/** One line for what happened, newest first: a deployment once, with the state that it reached; repeats in a row counted. */
export function linesOf(news: readonly News[]): Line[] {
  const lines: Line[] = [];
  const told = new Set<string>();
  for (const each of news) {
    const line = lineOf(each);
    const before = lines.at(-1);
    if (line.subject === 'deployments' && line.deployment) {
      if (told.has(line.deployment)) continue;
      told.add(line.deployment);
      lines.push(line);
    } else if (before && same(before, line)) {
      before.times += 1;
    } else {
      lines.push(line);
    }
  }
  return lines;
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

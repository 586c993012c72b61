import { fuzzy } from '@/lib/fuzzy';

import type { Entry } from './entries';

export interface Found {
  entry: Entry;
  /** Characters of the label that were typed. */
  at: readonly number[];
}

const most = 40;
const ofEach = 6;

/** What is shown before anything was typed: what was used last, then a few of each group; pages of other apps are left out. */
function atFirst(entries: readonly Entry[], recent: readonly string[]): Found[] {
  const byId = new Map(entries.map((entry) => [entry.id, entry]));
  const used = recent.flatMap((id) => byId.get(id) ?? []);
  const counts = new Map<string, number>();
  const rest = entries.filter((entry) => {
    if (recent.includes(entry.id)) return false;
    if (entry.group === 'Apps' && !entry.id.startsWith('app:')) return false;
    if (entry.deed.kind === 'app' && entry.group === 'Actions') return false;
    if (entry.group === 'Documentation') return entry.id === 'docs';
    const count = (counts.get(entry.group) ?? 0) + 1;
    counts.set(entry.group, count);
    return count <= ofEach || entry.group === 'Pages' || entry.group === 'This app';
  });
  return [...used, ...rest].map((entry) => ({ entry, at: [] }));
}

const hasWords = (text: string, query: string) => query.toLowerCase().split(/\s+/).every((word) => text.toLowerCase().includes(word));

/** Entries that fit what was typed, nearest first. */
export function find(entries: readonly Entry[], query: string, recent: readonly string[]): Found[] {
  if (query.trim() === '') return atFirst(entries, recent);
  const found: (Found & { score: number })[] = [];
  for (const entry of entries) {
    const inLabel = fuzzy(entry.label, query);
    const match = inLabel ?? fuzzy(`${entry.label} ${entry.words ?? ''}`, query);
    // Long texts hold every letter somewhere: of a document, whole words count.
    if (!match || (entry.group === 'Documentation' && !inLabel && !hasWords(entry.words ?? '', query))) continue;
    const near = (inLabel ? 4 : 0) + (entry.group === 'This app' ? 8 : 0) + (recent.includes(entry.id) ? 3 : 0);
    found.push({ entry, at: match.at.filter((index) => index < entry.label.length), score: match.score + near });
  }
  return found.sort((a, b) => b.score - a.score).slice(0, most);
}

const storageKey = 'wh.palette';

export function recentEntries(): string[] {
  try {
    const stored: unknown = JSON.parse(localStorage.getItem(storageKey) ?? '[]');
    return Array.isArray(stored) ? stored.filter((id): id is string => typeof id === 'string').slice(0, 5) : [];
  } catch {
    return [];
  }
}

export function remember(id: string): void {
  try {
    localStorage.setItem(storageKey, JSON.stringify([id, ...recentEntries().filter((each) => each !== id)].slice(0, 5)));
  } catch {
    // Storage is blocked: nothing is remembered.
  }
}

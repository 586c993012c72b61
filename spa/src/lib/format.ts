const minute = 60;
const hour = 60 * minute;
const day = 24 * hour;

/** "just now", "12 s ago", "5 min ago", "3 h ago", "2 d ago", then the date. A clock that runs behind never shows the future. */
export function formatRelative(at: string | number | Date, now: number): string {
  const then = new Date(at).getTime();
  if (Number.isNaN(then)) return 'unknown';
  const seconds = Math.max(0, Math.floor((now - then) / 1000));
  if (seconds < 5) return 'just now';
  if (seconds < minute) return `${seconds} s ago`;
  if (seconds < hour) return `${Math.floor(seconds / minute)} min ago`;
  if (seconds < day) return `${Math.floor(seconds / hour)} h ago`;
  if (seconds < 14 * day) return `${Math.floor(seconds / day)} d ago`;
  return new Date(then).toISOString().slice(0, 10);
}

/** "2026-11-21 11:02:03 UTC". */
export function formatUtc(at: string | number | Date): string {
  const date = new Date(at);
  return Number.isNaN(date.getTime()) ? 'unknown' : `${date.toISOString().slice(0, 19).replace('T', ' ')} UTC`;
}

/** "340 ms", "4.2 s", "1 min 05 s", "2 h 03 min". */
export function formatDuration(milliseconds: number): string {
  if (!Number.isFinite(milliseconds)) return 'unknown';
  const ms = Math.max(0, milliseconds);
  if (ms < 1000) return `${Math.round(ms)} ms`;
  if (ms < 59_950) return `${(ms / 1000).toFixed(1)} s`;
  const seconds = Math.round(ms / 1000);
  const pad = (value: number) => String(value).padStart(2, '0');
  if (seconds < hour) return `${Math.floor(seconds / minute)} min ${pad(seconds % minute)} s`;
  const minutes = Math.round(seconds / minute);
  return `${Math.floor(minutes / 60)} h ${pad(minutes % 60)} min`;
}

/** Decimal units: "980 B", "12.3 kB", "4.0 MB". */
export function formatBytes(bytes: number): string {
  const units = ['B', 'kB', 'MB', 'GB', 'TB'];
  let value = Math.max(0, bytes);
  let unit = 0;
  while (value >= 999.5 && unit < units.length - 1) {
    value /= 1000;
    unit += 1;
  }
  return unit === 0 ? `${Math.round(value)} B` : `${value.toFixed(value < 99.95 ? 1 : 0)} ${units[unit] ?? ''}`;
}

export const shortCommit = (commit: string) => commit.slice(0, 7);

/** "sha256:0123456789ab" – enough of a digest to tell two images apart. */
export const shortDigest = (digest: string) => digest.replace(/^(sha256:[0-9a-f]{12})[0-9a-f]+$/, '$1');

export const plural = (count: number, one: string, many = `${one}s`) => `${count} ${count === 1 ? one : many}`;

/** The first line of a commit message. */
export const firstLine = (text: string) => text.split('\n', 1)[0] ?? '';

import { plainText } from '@/lib/plain-text';
import { atLeast, levelOf, type Level } from './level';
import type { Line } from './log-buffer';

/** The line without colours; cheap where it has none. */
export const textOf = (line: Line): string => (line.raw.includes('\u001b') ? plainText(line.raw) : line.raw);

export interface ShownLines {
  lines: readonly Line[];
  /** Of each heading that is shown: how many lines are folded beneath it. */
  hidden: ReadonlyMap<number, number>;
}

/**
 * The lines that are drawn: without those beneath a folded heading, and of a level at least as bad as asked for. Pure;
 * `folded` holds the numbers of headings. Where nothing is left out, the very array that was given.
 */
export function shownLines(
  lines: readonly Line[],
  isHeading: ((text: string) => boolean) | undefined,
  folded: ReadonlySet<number>,
  least: Level | null,
): ShownLines {
  const hidden = new Map<number, number>();
  if (folded.size === 0 && least === null) return { lines, hidden };
  let under: number | null = null;
  const shown = lines.filter((line) => {
    if (isHeading?.(textOf(line))) {
      under = folded.has(line.number) ? line.number : null;
      if (under !== null) hidden.set(under, 0);
      return true;
    }
    if (under !== null) {
      hidden.set(under, (hidden.get(under) ?? 0) + 1);
      return false;
    }
    return least === null || atLeast(levelOf(textOf(line)), least);
  });
  return { lines: shown, hidden };
}

/** The heading above each line's place: the number of the last heading at or before it; null where there is none. */
export function headingOf(lines: readonly Line[], number: number, isHeading: (text: string) => boolean): number | null {
  let heading: number | null = null;
  for (const line of lines) {
    if (line.number > number) break;
    if (isHeading(textOf(line))) heading = line.number;
  }
  return heading;
}

/** The numbers of all headings but the last: what is folded when a person folds all, or a build has failed. */
export function earlierHeadings(lines: readonly Line[], isHeading: (text: string) => boolean): number[] {
  return lines.filter((line) => isHeading(textOf(line))).map((line) => line.number).slice(0, -1);
}

/** The numbers of the lines that hold the text, whatever its case. */
export function matches(lines: readonly Line[], query: string): number[] {
  const wanted = query.toLowerCase();
  if (wanted === '') return [];
  return lines.filter((line) => textOf(line).toLowerCase().includes(wanted)).map((line) => line.number);
}

/** Splits text at each place where it holds the query: even pieces are outside, odd ones are matches. */
export function pieces(text: string, query: string): string[] {
  if (query === '') return [text];
  const found: string[] = [];
  const lower = text.toLowerCase();
  const wanted = query.toLowerCase();
  // A character whose small letter is longer would move the places; such a text is left whole.
  if (lower.length !== text.length) return [text];
  let from = 0;
  for (let at = lower.indexOf(wanted); at >= 0; at = lower.indexOf(wanted, from)) {
    found.push(text.slice(from, at), text.slice(at, at + wanted.length));
    from = at + wanted.length;
  }
  found.push(text.slice(from));
  return found;
}

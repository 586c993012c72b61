export interface Match {
  /** Higher is nearer. */
  score: number;
  /** Where in the text the typed characters stand, ascending. */
  at: readonly number[];
}

const isStart = (text: string, index: number) => index === 0 || /[^a-z0-9]/i.test(text[index - 1] ?? '');

function findWord(text: string, word: string): Match | null {
  // As one piece, best at the start of a word.
  let best = -1;
  for (let from = text.indexOf(word); from >= 0; from = text.indexOf(word, from + 1)) {
    if (best < 0 || (isStart(text, from) && !isStart(text, best))) best = from;
  }
  if (best >= 0) {
    const at = Array.from(word, (_, offset) => best + offset);
    return { score: word.length * (isStart(text, best) ? 10 : 6) + (best === 0 ? 5 : 0), at };
  }
  // Else letter by letter: "dpl" finds "deploy".
  const at: number[] = [];
  let score = 0;
  for (const letter of word) {
    const index = text.indexOf(letter, (at.at(-1) ?? -1) + 1);
    if (index < 0) return null;
    score += isStart(text, index) ? 5 : index === (at.at(-1) ?? -2) + 1 ? 3 : 1;
    at.push(index);
  }
  return { score, at };
}

/** Whether each typed word is somewhere in the text, in pieces if need be; null: one is not. An empty query fits everything. */
export function fuzzy(text: string, query: string): Match | null {
  const lower = text.toLowerCase();
  const at = new Set<number>();
  let score = 0;
  for (const word of query.toLowerCase().split(/\s+/).filter(Boolean)) {
    const found = findWord(lower, word);
    if (!found) return null;
    score += found.score;
    for (const index of found.at) at.add(index);
  }
  // Of two that fit equally, the shorter one is meant.
  return { score: score - text.length / 100, at: [...at].sort((a, b) => a - b) };
}

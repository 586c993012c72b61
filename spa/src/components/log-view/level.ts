export type Level = 'error' | 'warn' | 'info' | 'debug';

/** Worst first. */
const ranks: readonly Level[] = ['error', 'warn', 'info', 'debug'];

const words: Record<string, Level> = {
  fatal: 'error',
  panic: 'error',
  critical: 'error',
  crit: 'error',
  alert: 'error',
  emerg: 'error',
  error: 'error',
  err: 'error',
  warning: 'warn',
  warn: 'warn',
  notice: 'info',
  info: 'info',
  debug: 'debug',
  trace: 'debug',
};

// "level":"error" of JSON, level=error of logfmt.
const named = /(?:"(?:level|severity|lvl|levelname)"\s*:\s*"|\b(?:level|severity|lvl)=)"?([A-Za-z]+)/i;
// A word of its own at the front: ERROR, [warn], error:, npm ERR!
const leading = /(?:^|[\s[(])(FATAL|PANIC|CRITICAL|CRIT|ERROR|ERR|WARNING|WARN|NOTICE|INFO|DEBUG|TRACE)(?=[\s\]):!,]|$)/;
const spoken = /^(?:\W{0,4})(fatal|panic|error|warning|warn)(?: \w+)?:/i;
const traceback = /^(?:Traceback \(most recent call last\)|Exception in thread|Unhandled|Uncaught )/;

const frontLength = 120;

/** How bad a line says it is, by the marks that most programs use; null where it says nothing. Colours are left out of `text`. */
export function levelOf(text: string): Level | null {
  const byName = named.exec(text);
  if (byName) return words[(byName[1] ?? '').toLowerCase()] ?? null;
  const front = text.slice(0, frontLength);
  const word = leading.exec(front)?.[1] ?? spoken.exec(front)?.[1];
  if (word) return words[word.toLowerCase()] ?? null;
  return traceback.test(front) ? 'error' : null;
}

/** Whether a line is at least as bad as asked for; a line that says nothing is not. */
export const atLeast = (level: Level | null, least: Level) => level !== null && ranks.indexOf(level) <= ranks.indexOf(least);

import { Link } from '@tanstack/react-router';

import { cn } from '@/lib/cn';

/** The levels at which a variable can be set; the first that has it wins. */
export const levels = ['app', 'environment', 'project', 'organization'] as const;
type Level = (typeof levels)[number];

/** Where the variables of a level are edited. */
export type LevelPlaces = Partial<Record<Level, string>>;

/** The order of precedence in words, with a way to each level. */
export function Precedence({ own, places }: { own: string; places: LevelPlaces }) {
  return (
    <p className="flex flex-wrap items-center gap-x-1.5 gap-y-1 text-xs text-muted">
      Set in several places, the first wins:
      {levels.map((level, index) => {
        const place = places[level];
        return (
          <span key={level} className="inline-flex items-center gap-1.5">
            {index > 0 && <span aria-hidden>›</span>}
            {place !== undefined && level !== own ? (
              <Link to={place} className="underline decoration-line-strong underline-offset-3 hover:text-ink">
                {level}
              </Link>
            ) : (
              <span className={cn(level === own && 'font-medium text-ink')}>{level}</span>
            )}
          </span>
        );
      })}
    </p>
  );
}

const markClass = 'inline-block rounded-sm border px-1 text-2xs leading-4';

/** Where a variable comes from, and which levels it hides. */
export function Levels({ level, hides, own }: { level: string; hides: readonly string[]; own: string }) {
  const hidden = levels.filter((each) => hides.includes(each));
  return (
    <span className="inline-flex flex-wrap items-center gap-1">
      <span className={cn(markClass, level === own ? 'border-accent/40 text-accent' : 'border-line-strong text-ink')}>{level}</span>
      {hidden.map((each) => (
        <span key={each} title={`The one of the ${each} does not count`} className={cn(markClass, 'border-line text-muted line-through')}>
          <span className="sr-only">hides that of the </span>
          {each}
        </span>
      ))}
    </span>
  );
}

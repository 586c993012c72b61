import { useId, useState } from 'react';

/** A word of the glossary: what it means is shown when it is pointed at, focused or pressed. */
export function Term({ word, meaning }: { word: string; meaning: string }) {
  const [shown, setShown] = useState(false);
  const id = useId();
  return (
    <span className="relative inline-block">
      <button
        type="button"
        aria-describedby={id}
        onMouseEnter={() => setShown(true)}
        onMouseLeave={() => setShown(false)}
        onFocus={() => setShown(true)}
        onBlur={() => setShown(false)}
        onKeyDown={(event) => event.key === 'Escape' && setShown(false)}
        className="cursor-help rounded-sm underline decoration-line-strong decoration-dotted underline-offset-3"
      >
        {word}
      </button>
      <span
        id={id}
        role="tooltip"
        hidden={!shown}
        className="absolute top-full left-0 z-30 mt-1.5 w-60 max-w-[70vw] rounded-lg border border-line bg-surface px-2.5 py-2 text-xs font-normal text-ink shadow-float"
      >
        {meaning}
      </span>
    </span>
  );
}

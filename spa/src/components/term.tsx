import { useId, useRef, useState } from 'react';

const width = 240;
const margin = 8;

/** A word of the glossary: what it means is shown when it is pointed at, focused or pressed. */
export function Term({ word, meaning }: { word: string; meaning: string }) {
  // In the window: panels cut off what stands over their edge.
  const [place, setPlace] = useState<{ left: number; top: number } | null>(null);
  const button = useRef<HTMLButtonElement>(null);
  const id = useId();
  const show = () => {
    const box = button.current?.getBoundingClientRect();
    if (box) setPlace({ left: Math.max(margin, Math.min(box.left, window.innerWidth - width - margin)), top: box.bottom + 6 });
  };
  const hide = () => setPlace(null);
  return (
    <>
      <button
        ref={button}
        type="button"
        aria-describedby={id}
        onMouseEnter={show}
        onMouseLeave={hide}
        onFocus={show}
        onBlur={hide}
        onKeyDown={(event) => event.key === 'Escape' && hide()}
        className="cursor-help rounded-sm text-left underline decoration-line-strong decoration-dotted underline-offset-3"
      >
        {word}
      </button>
      <span
        id={id}
        role="tooltip"
        hidden={place === null}
        style={{ width, ...place }}
        className="fixed z-30 rounded-lg border border-line bg-surface px-2.5 py-2 text-xs font-normal text-ink shadow-float"
      >
        {meaning}
      </span>
    </>
  );
}

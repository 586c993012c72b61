import { useLocation } from '@tanstack/react-router';
import { useLayoutEffect, useRef, type ReactNode } from 'react';

/** The classes of a link in a row of tabs; the current one is marked with aria-current. */
export const tabClass =
  '-mb-px border-b-2 border-transparent px-0.5 pb-2 font-medium whitespace-nowrap text-muted hover:text-ink ' +
  'aria-[current=page]:border-accent aria-[current=page]:text-ink';

/** Links to the pages of one thing, in a row that scrolls sideways where it is narrow: the current one is in view. */
export function Tabs({ label, children }: { label: string; children: ReactNode }) {
  const row = useRef<HTMLElement>(null);
  const { pathname } = useLocation();
  useLayoutEffect(() => {
    const show = () => {
      const current = row.current?.querySelector<HTMLElement>('[aria-current=page]');
      if (row.current && current) row.current.scrollLeft = current.offsetLeft - (row.current.clientWidth - current.offsetWidth) / 2;
    };
    show();
    window.addEventListener('resize', show);
    return () => window.removeEventListener('resize', show);
  }, [pathname]);
  return (
    <nav ref={row} aria-label={label} className="relative mt-4 mb-5 flex gap-5 overflow-x-auto border-b border-line">
      {children}
    </nav>
  );
}

/** The classes of a link in a row of tabs; the current one is marked with aria-current. */
export const tabClass =
  '-mb-px border-b-2 border-transparent px-0.5 pb-2 font-medium whitespace-nowrap text-muted hover:text-ink ' +
  'aria-[current=page]:border-accent aria-[current=page]:text-ink';

export const tabsClass = 'mt-4 mb-5 flex gap-5 overflow-x-auto border-b border-line';

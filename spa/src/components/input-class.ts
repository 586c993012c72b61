import { cn } from '@/lib/cn';

/** How a place to type looks. */
export const inputClass = cn(
  'h-control w-full rounded-lg border border-line-strong bg-surface px-2.5 text-sm text-ink',
  'placeholder:text-muted/80 aria-invalid:border-bad-solid disabled:opacity-60',
);

import { LoaderCircle } from 'lucide-react';
import type { ComponentProps } from 'react';

import { cn } from '@/lib/cn';

type Look = 'primary' | 'secondary' | 'quiet' | 'danger';

const looks: Record<Look, string> = {
  primary: 'bg-primary text-on-primary shadow-raise hover:bg-primary-hover',
  secondary: 'border border-line-strong bg-surface text-ink shadow-raise hover:bg-hover',
  quiet: 'text-muted hover:bg-hover hover:text-ink',
  danger: 'bg-bad-solid text-white shadow-raise hover:opacity-90',
};

/** The classes of a button, for links that look like one. */
export const buttonClass = (look: Look = 'secondary', size: 'sm' | 'md' = 'md') =>
  cn(
    'inline-flex shrink-0 items-center justify-center gap-2 rounded-lg font-medium whitespace-nowrap select-none',
    'disabled:opacity-55 aria-disabled:opacity-55',
    size === 'md' ? 'h-9 px-2.5 text-sm sm:px-3.5' : 'h-7.5 px-2.5 text-[0.8125rem]',
    looks[look],
  );

interface ButtonProps extends ComponentProps<'button'> {
  look?: Look;
  size?: 'sm' | 'md';
  /** The action runs: shows so, and refuses a second press. */
  busy?: boolean;
}

export function Button({ look = 'secondary', size = 'md', busy = false, className, children, disabled, ...rest }: ButtonProps) {
  return (
    <button
      type="button"
      {...rest}
      disabled={disabled === true || busy}
      aria-busy={busy || undefined}
      className={cn(buttonClass(look, size), className)}
    >
      {busy && <LoaderCircle aria-hidden className="size-4 animate-breathe" />}
      {children}
    </button>
  );
}

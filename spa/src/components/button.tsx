import type { ComponentProps } from 'react';

import { cn } from '@/lib/cn';

type Look = 'primary' | 'secondary' | 'quiet' | 'danger';

const looks: Record<Look, string> = {
  primary: 'bg-primary text-on-primary hover:bg-primary-hover',
  secondary: 'border border-line-strong bg-surface text-ink hover:bg-hover',
  quiet: 'text-muted hover:bg-hover hover:text-ink',
  danger: 'bg-bad-solid text-on-bad hover:opacity-90',
};

/** The classes of a button, for links that look like one. */
export const buttonClass = (look: Look = 'secondary', size: 'sm' | 'md' = 'md') =>
  cn(
    'inline-flex shrink-0 items-center justify-center gap-1.5 rounded-lg text-sm font-medium whitespace-nowrap select-none',
    'disabled:opacity-50 aria-disabled:opacity-50 [&>svg]:size-3.5',
    size === 'md' ? 'h-control px-3' : 'h-control-sm px-2.5',
    looks[look],
  );

interface ButtonProps extends ComponentProps<'button'> {
  look?: Look;
  size?: 'sm' | 'md';
  /** The action runs: shows so without changing its width, and refuses a second press. */
  busy?: boolean;
}

export function Button({ look = 'secondary', size = 'md', busy = false, className, children, disabled, ...rest }: ButtonProps) {
  return (
    <button
      type="button"
      {...rest}
      disabled={disabled === true || busy}
      aria-busy={busy || undefined}
      className={cn(buttonClass(look, size), busy && 'animate-breathe', className)}
    >
      {children}
    </button>
  );
}

import { DropdownMenu } from 'radix-ui';
import type { ReactNode } from 'react';

import { cn } from '@/lib/cn';

export const itemClass = cn(
  'flex items-start gap-2.5 rounded-lg px-2 py-1.5 text-sm outline-none select-none',
  'data-[highlighted]:bg-hover data-[disabled]:cursor-not-allowed data-[disabled]:opacity-50',
);

interface MenuProps {
  trigger: ReactNode;
  label: string;
  children: ReactNode;
  defaultOpen?: boolean;
  /** Which edge of the button it stands at. */
  align?: 'start' | 'end';
}

/**
 * A menu on a button. Not modal: a modal Radix layer locks scrolling with a <style> element, which the content security
 * policy refuses.
 */
export function Menu({ trigger, label, children, defaultOpen = false, align = 'end' }: MenuProps) {
  return (
    <DropdownMenu.Root modal={false} defaultOpen={defaultOpen}>
      <DropdownMenu.Trigger asChild>{trigger}</DropdownMenu.Trigger>
      {/* Inside the main landmark, so that screen readers find it where they look. */}
      <DropdownMenu.Portal container={document.getElementById('main')}>
        <DropdownMenu.Content
          aria-label={label}
          align={align}
          sideOffset={6}
          collisionPadding={12}
          className="z-40 max-h-(--radix-dropdown-menu-content-available-height) w-68 max-w-[calc(100vw-1.5rem)] animate-rise overflow-y-auto rounded-xl border border-line bg-surface p-1 shadow-float"
        >
          {children}
        </DropdownMenu.Content>
      </DropdownMenu.Portal>
    </DropdownMenu.Root>
  );
}

interface MenuItemProps {
  icon: ReactNode;
  onSelect: () => void;
  children: ReactNode;
  /** The CLI's command for the same. */
  command?: string;
  disabled?: boolean;
  danger?: boolean;
}

export function MenuItem({ icon, onSelect, children, command, disabled = false, danger = false }: MenuItemProps) {
  return (
    <DropdownMenu.Item onSelect={onSelect} disabled={disabled} className={cn(itemClass, danger && 'text-bad')}>
      <span aria-hidden className={cn('mt-0.5 shrink-0 [&>svg]:size-4', !danger && 'text-muted')}>
        {icon}
      </span>
      <span className="min-w-0">
        {children}
        {command && (
          <code aria-hidden className="mt-0.5 block truncate font-mono text-xs text-muted">
            {command}
          </code>
        )}
      </span>
    </DropdownMenu.Item>
  );
}

export const MenuSeparator = () => <DropdownMenu.Separator className="mx-1 my-1 h-px bg-line" />;

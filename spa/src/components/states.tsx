import { CloudOff, Lock, RotateCw, SearchX, TriangleAlert, type LucideIcon } from 'lucide-react';
import type { ReactNode } from 'react';

import { ApiError } from '@/api/client';
import { cn } from '@/lib/cn';

import { Button } from './button';

/** A shape of what is loading. Sized by its classes. */
export function Skeleton({ className }: { className?: string }) {
  return <div aria-hidden className={cn('animate-breathe rounded-md bg-hover', className)} />;
}

interface NoticeProps {
  icon: LucideIcon;
  title: string;
  children?: ReactNode;
  actions?: ReactNode;
  /** The heading level in its page. */
  level?: 1 | 2;
  role?: 'alert';
}

/** A whole panel that says one thing: nothing here yet, not found, not allowed, failed. */
export function Notice({ icon: Icon, title, children, actions, level = 2, role }: NoticeProps) {
  const Heading = level === 1 ? 'h1' : 'h2';
  return (
    <div role={role} className="mx-auto flex max-w-lg flex-col items-center px-4 py-10 text-center">
      <Icon aria-hidden className="mb-3 size-6 text-muted" strokeWidth={1.5} />
      <Heading className="text-base font-semibold">{title}</Heading>
      <div className="mt-1 space-y-2 text-muted">{children}</div>
      {actions && <div className="mt-5 flex flex-wrap items-center justify-center gap-3">{actions}</div>}
    </div>
  );
}

function describe(error: unknown): { icon: LucideIcon; title: string; text: string } {
  if (error instanceof ApiError) {
    if (error.status === 403) return { icon: Lock, title: 'You may not see this', text: error.message };
    if (error.status === 404) return { icon: SearchX, title: 'Not found', text: error.message };
    if (error.status === 0) return { icon: CloudOff, title: error.title, text: error.message };
    return { icon: TriangleAlert, title: error.title, text: error.message };
  }
  return { icon: TriangleAlert, title: 'This page failed', text: error instanceof Error ? error.message : 'Unknown error.' };
}

/** An error in place of content, with a retry and the request id to quote. */
export function ErrorNotice({ error, onRetry, level }: { error: unknown; onRetry?: () => void; level?: 1 | 2 }) {
  const { icon, title, text } = describe(error);
  const requestId = error instanceof ApiError ? error.requestId : undefined;
  return (
    <Notice
      role="alert"
      icon={icon}
      title={title}
      {...(level ? { level } : {})}
      actions={
        onRetry && (
          <Button onClick={onRetry}>
            <RotateCw aria-hidden className="size-4" />
            Try again
          </Button>
        )
      }
    >
      <p>{text}</p>
      {requestId && (
        <p className="text-xs">
          Request <code className="font-mono">{requestId}</code>
        </p>
      )}
    </Notice>
  );
}

/** An error of an action, beside the button that caused it. */
export function InlineError({ error, className }: { error: unknown; className?: string }) {
  if (!error) return null;
  const requestId = error instanceof ApiError ? error.requestId : undefined;
  return (
    <div role="alert" className={cn('flex gap-2.5 rounded-lg bg-bad-soft px-3 py-2.5 text-bad', className)}>
      <TriangleAlert aria-hidden className="mt-0.5 size-4 shrink-0" />
      <div className="min-w-0">
        <p className="break-words">{error instanceof Error ? error.message : 'It did not work.'}</p>
        {requestId && <p className="mt-0.5 font-mono text-xs break-all">request {requestId}</p>}
      </div>
    </div>
  );
}

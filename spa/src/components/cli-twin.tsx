import { cn } from '@/lib/cn';

import { CopyButton } from './copy-button';

/** The command that does what the screen does. */
export function CliTwin({ command, className }: { command: string; className?: string }) {
  return (
    <span className={cn('inline-flex max-w-full min-w-0 items-center gap-1 text-xs text-muted', className)}>
      <span aria-hidden className="font-mono select-none">
        $
      </span>
      <code className="min-w-0 truncate font-mono" title={command}>
        {command}
      </code>
      <CopyButton text={command} what="command" className="h-6" />
    </span>
  );
}

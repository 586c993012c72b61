import { Check, Copy } from 'lucide-react';
import { useEffect, useState } from 'react';

import { cn } from '@/lib/cn';
import { toast } from '@/lib/toast';

interface CopyButtonProps {
  text: string | (() => string);
  /** What is copied: "Copy {what}". */
  what: string;
  /** Shows the word beside the icon. */
  labelled?: boolean;
  className?: string;
}

export function CopyButton({ text, what, labelled = false, className }: CopyButtonProps) {
  const [copied, setCopied] = useState(false);

  useEffect(() => {
    if (!copied) return undefined;
    const timer = setTimeout(() => setCopied(false), 1500);
    return () => clearTimeout(timer);
  }, [copied]);

  const copy = async () => {
    try {
      await navigator.clipboard.writeText(typeof text === 'string' ? text : text());
      setCopied(true);
    } catch {
      toast.error('The browser did not allow copying', 'Select the text and copy it by hand.');
    }
  };

  const Icon = copied ? Check : Copy;
  return (
    <button
      type="button"
      onClick={() => void copy()}
      aria-label={copied ? 'Copied' : `Copy ${what}`}
      title={`Copy ${what}`}
      className={cn(
        'inline-flex h-control-sm items-center gap-1.5 rounded-md px-1.5 text-xs text-muted hover:bg-hover hover:text-ink',
        className,
      )}
    >
      <Icon aria-hidden className={cn('size-3.5', copied && 'text-ok')} />
      {labelled && (copied ? 'Copied' : 'Copy')}
    </button>
  );
}

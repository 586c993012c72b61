import { cn } from '@/lib/cn';

interface MeterProps {
  /** What is measured, for screen readers: "Processor of local". */
  label: string;
  /** 0..1; null: not known. */
  share: number | null;
  /** What it says beside the bar, and to screen readers. */
  text: string;
  className?: string;
}

const tone = (share: number) => (share >= 0.95 ? 'bg-bad-solid' : share >= 0.8 ? 'bg-warn' : 'bg-accent');

/** How much of something is used. */
export function Meter({ label, share, text, className }: MeterProps) {
  const within = share === null ? 0 : Math.min(1, Math.max(0, share));
  return (
    <div className={cn('flex items-center gap-2.5', className)}>
      <div
        role="meter"
        aria-label={label}
        aria-valuemin={0}
        aria-valuemax={100}
        aria-valuenow={Math.round(within * 100)}
        aria-valuetext={text}
        className="h-1.5 min-w-12 flex-1 overflow-hidden rounded-full bg-hover"
      >
        <div className={cn('h-full rounded-full', tone(within))} style={{ width: `${within * 100}%` }} />
      </div>
      <span className="shrink-0 text-xs text-muted tabular-nums" aria-hidden>
        {text}
      </span>
    </div>
  );
}

import { formatRelative, formatUtc } from '@/lib/format';
import { useNow } from '@/lib/use-now';

/** A moment as "3 min ago", with the exact UTC time on hover. */
export function TimeAgo({ at, className }: { at: string; className?: string }) {
  const now = useNow();
  return (
    <time dateTime={at} title={formatUtc(at)} className={className}>
      {formatRelative(at, now)}
    </time>
  );
}

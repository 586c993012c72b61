import { formatRelative, formatUtc } from '@/lib/format';
import { cn } from '@/lib/cn';
import { useLive } from '@/lib/live';
import { useNow } from '@/lib/use-now';

/** How fresh the page is: live, or as of when. */
export function FreshnessMark() {
  const live = useLive();
  const now = useNow(live.status === 'reconnecting');
  const isLive = live.status === 'live';
  const reconnecting = live.status === 'reconnecting';

  return (
    <span
      role="status"
      title={isLive ? 'Changes appear by themselves' : `As of ${formatUtc(live.asOf)}`}
      className={cn('inline-flex min-w-0 items-center gap-1.5 px-1 text-xs whitespace-nowrap max-lg:min-w-22 max-lg:justify-end', isLive ? 'text-muted' : 'text-warn')}
    >
      {/* A filled dot while it is live, a ring while it is not. */}
      <span
        aria-hidden
        className={cn('size-2 shrink-0 rounded-full', isLive ? 'bg-ok' : 'animate-breathe border-[1.5px] border-current')}
      />
      <span className="truncate">
        {isLive ? 'Live' : reconnecting ? 'Reconnecting' : 'Connecting'}
        {reconnecting && <span className="max-sm:hidden"> · as of {formatRelative(live.asOf, now)}</span>}
      </span>
    </span>
  );
}

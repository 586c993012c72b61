import { CloudOff, LoaderCircle } from 'lucide-react';

import { formatRelative, formatUtc } from '@/lib/format';
import { useLive } from '@/lib/live';
import { useNow } from '@/lib/use-now';

/** How fresh the page is: live, or as of when. */
export function FreshnessMark() {
  const live = useLive();
  const now = useNow(live.status === 'reconnecting');

  if (live.status === 'live') {
    return (
      <span
        role="status"
        title="Changes appear by themselves"
        className="inline-flex items-center gap-2 px-1 text-xs font-medium text-muted"
      >
        <span aria-hidden className="relative grid size-2 place-items-center">
          <span className="size-2 rounded-full bg-ok" />
        </span>
        Live
      </span>
    );
  }
  const reconnecting = live.status === 'reconnecting';
  const Icon = reconnecting ? CloudOff : LoaderCircle;
  return (
    <span
      role="status"
      title={`As of ${formatUtc(live.asOf)}`}
      className="inline-flex items-center gap-1.5 px-1 text-xs font-medium text-warn"
    >
      <Icon aria-hidden className="size-3.5" />
      {reconnecting ? 'Reconnecting' : 'Connecting'}
      {reconnecting && <span className="hidden sm:inline">· as of {formatRelative(live.asOf, now)}</span>}
    </span>
  );
}

import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useRef } from 'react';

import { plural } from '@/lib/format';
import { useOrg } from '@/lib/session';
import { useVisible } from '@/lib/use-visible';

import { rateText, trafficQuery } from './traffic';

/** Requests a second of an app, and its slowest hundredth; asked for only while it is on the screen. */
export function TrafficCell({ app }: { app: string }) {
  const org = useOrg();
  const ref = useRef<HTMLDivElement>(null);
  const visible = useVisible(ref);
  const { data } = useQuery(trafficQuery(useQueryClient(), org, app, visible));
  const p99 = data?.told.p99_ms ?? null;
  return (
    <div ref={ref} className="text-right tabular-nums" title={data ? `${plural(data.told.requests, 'request')} since the edge began to count` : undefined}>
      <p>
        {data?.perSecond == null ? <span className="text-muted">–</span> : rateText(data.perSecond)}
        <span className="text-muted">/s</span>
      </p>
      {data && data.failed > 0 && <p className="text-xs text-bad">{plural(data.failed, 'error')}</p>}
      {data && data.failed === 0 && p99 !== null && (
        <p className="text-xs text-muted">p99 {p99 >= 10 ? Math.round(p99) : p99.toFixed(1)} ms</p>
      )}
    </div>
  );
}

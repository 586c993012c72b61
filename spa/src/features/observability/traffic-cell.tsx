import { useRef } from 'react';

import { plural } from '@/lib/format';
import { useOrg } from '@/lib/session';
import { useVisible } from '@/lib/use-visible';

import { rateText, useTrafficNow, type Traffic } from './traffic';

function Rate({ traffic }: { traffic: Traffic | undefined }) {
  const p99 = traffic?.told.p99_ms ?? null;
  return (
    <div title={traffic ? `${plural(traffic.told.requests, 'request')} since the edge began to count` : undefined}>
      <p>
        {traffic?.perSecond == null ? <span className="text-muted">–</span> : rateText(traffic.perSecond)}
        <span className="text-muted">/s</span>
      </p>
      {traffic && traffic.failed > 0 && <p className="text-xs text-bad">{plural(traffic.failed, 'error')}</p>}
      {traffic && traffic.failed === 0 && p99 !== null && (
        <p className="text-xs text-muted">p99 {p99 >= 10 ? Math.round(p99) : p99.toFixed(1)} ms</p>
      )}
    </div>
  );
}

function Watched({ app }: { app: string }) {
  return <Rate traffic={useTrafficNow(useOrg(), app)} />;
}

/** Requests a second of an app, and its slowest hundredth; asked for only while it stays on the screen. */
export function TrafficCell({ app }: { app: string }) {
  const ref = useRef<HTMLDivElement>(null);
  const visible = useVisible(ref);
  return (
    <div ref={ref} className="text-right tabular-nums">
      {visible ? <Watched app={app} /> : <Rate traffic={undefined} />}
    </div>
  );
}

import { Check, TriangleAlert } from 'lucide-react';

import type { Receipt } from '@/api/types';
import { Fact, Facts, Panel } from '@/components/panel';
import { Term } from '@/components/term';
import { cn } from '@/lib/cn';
import { formatDuration, plural } from '@/lib/format';

import { bars, count, failures, gapText, headlineOf, latency, type Bar } from './receipt';

/** Never nothing: a bar that cannot be seen looks like no requests. */
const width = (share: number) => `${Math.max(share * 100, 1)}%`;

function BarRow({ bar }: { bar: Bar }) {
  return (
    <li className="grid grid-cols-[4rem_minmax(0,1fr)] gap-x-3 gap-y-1">
      <span className="font-medium">{bar.label}</span>
      {bar.p50 === null ? (
        <span className="text-muted">no request</span>
      ) : (
        <span className="flex flex-col justify-center gap-1" aria-hidden>
          <span className="flex items-center gap-2">
            <span className="h-2 rounded-full bg-busy" style={{ width: width(bar.p50Share) }} />
          </span>
          <span className="flex items-center gap-2">
            <span
              className={cn('h-2 rounded-full', bar.failed > 0 ? 'bg-bad' : 'bg-line-strong')}
              style={{ width: width(bar.p99Share) }}
            />
          </span>
        </span>
      )}
      <span className="col-start-2 text-xs text-muted tabular-nums">
        {bar.p50 !== null && (
          <>
            p50 {latency(bar.p50)} · p99 {latency(bar.p99)}
            <br />
          </>
        )}
        {count(bar.requests)} requests{bar.perSecond !== null && `, ${bar.perSecond.toFixed(1)}/s`}
      </span>
    </li>
  );
}

/** What the switch to a deployment did to the requests that came meanwhile. */
export function ReceiptPanel({ receipt }: { receipt: Receipt }) {
  const wrong = failures(receipt);
  const clean = receipt.failed === 0;
  const gap = gapText(receipt);
  return (
    <Panel
      title="Receipt"
      aside={
        <span className="text-xs text-muted">
          {receipt.state === 'open' ? 'still counting' : plural(receipt.edges, 'edge')}
        </span>
      }
    >
      <p className={cn('flex items-center gap-2 px-4 pt-3.5 font-medium', clean ? 'text-ok' : 'text-bad')}>
        {clean ? <Check aria-hidden className="size-4" /> : <TriangleAlert aria-hidden className="size-4" />}
        {headlineOf(receipt)}
      </p>
      {gap && <p className="px-4 pt-1 text-warn">{gap}</p>}
      <ul aria-label="Latency before, during and after the switch" className="flex flex-col gap-3 px-4 py-4">
        {bars(receipt).map((bar) => (
          <BarRow key={bar.name} bar={bar} />
        ))}
      </ul>
      <div className="border-t border-line">
        <Facts>
          <Fact term="Requests">
            <span className="tabular-nums">
              {count(receipt.requests_old)} by the old release, {count(receipt.requests_new)} by the new
              {receipt.retries > 0 && `, ${count(receipt.retries)} tried again unseen`}
            </span>
          </Fact>
          {wrong.length > 0 && (
            <Fact term="Errors">
              <ul>
                {wrong.map((text) => (
                  <li key={text} className="tabular-nums">
                    {text}
                  </li>
                ))}
              </ul>
            </Fact>
          )}
          <Fact term={<Term word="Drained" meaning="Connections that were open when the switch came: they ended by themselves, and no new ones were made." />}>
            <span className="tabular-nums">
              {plural(receipt.connections_drained, 'connection')}
              {receipt.longest_drain_ms > 0 && `, the longest for ${formatDuration(receipt.longest_drain_ms)}`}
            </span>
          </Fact>
        </Facts>
      </div>
    </Panel>
  );
}

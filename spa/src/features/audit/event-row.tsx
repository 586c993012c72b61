import { ShieldCheck, Timer } from 'lucide-react';

import { TimeAgo } from '@/components/time-ago';
import { cn } from '@/lib/cn';
import { formatUtc } from '@/lib/format';

import type { AuditEvent } from './api';
import { differences, type Difference } from './differences';

export const actorName = (event: AuditEvent) => event.actor.name ?? event.actor.id ?? event.actor.kind;

const viaText: Record<string, string> = {
  personal_token: 'with a token',
  organization_token: "with the organization's token",
  cli: 'from the command line',
};

function Side({ value, look }: { value: string | null; look: string }) {
  return <td className={cn('px-3 py-1.5 font-mono text-xs break-all whitespace-pre-wrap', look)}>{value ?? '–'}</td>;
}

function Differences({ items }: { items: readonly Difference[] }) {
  return (
    <table className="w-full">
      <caption className="sr-only">What changed</caption>
      <thead>
        <tr className="text-left text-xs text-muted">
          <th scope="col" className="px-3 py-1 font-medium">What</th>
          <th scope="col" className="px-3 py-1 font-medium">Before</th>
          <th scope="col" className="px-3 py-1 font-medium">After</th>
        </tr>
      </thead>
      <tbody>
        {items.map((each) => (
          <tr key={each.path} className="border-t border-line align-top">
            <th scope="row" className="px-3 py-1.5 text-left font-mono text-xs font-normal break-all text-muted">
              {each.path || '(all)'}
            </th>
            <Side value={each.before} look="text-bad" />
            <Side value={each.after} look="text-ok" />
          </tr>
        ))}
      </tbody>
    </table>
  );
}

function Seal({ event }: { event: AuditEvent }) {
  const sealed = event.sequence !== null;
  const Icon = sealed ? ShieldCheck : Timer;
  return (
    <span
      title={event.sealed_at ? `Sealed ${formatUtc(event.sealed_at)}` : 'Sealed within a second'}
      className={cn('inline-flex items-center gap-1 text-xs whitespace-nowrap', sealed ? 'text-ok' : 'text-warn')}
    >
      <Icon aria-hidden className="size-3.5" />
      {sealed ? `sealed, no. ${event.sequence}` : 'waits for its seal'}
    </span>
  );
}

/** One event: who did what, from where, and what was before and after. */
export function EventRow({ event }: { event: AuditEvent }) {
  const refused = event.action.endsWith('.refused');
  const changed = differences(event.before, event.after);
  const facts = [
    event.address,
    event.actor.credential ? viaText[event.actor.credential] : null,
    event.actor.kind === 'person' ? null : event.actor.kind,
  ].filter(Boolean);
  return (
    <li className="px-4 py-3">
      <div className="flex flex-wrap items-baseline justify-between gap-x-4 gap-y-1 sm:flex-nowrap">
        <p className="min-w-0 sm:flex-1">
          <span className="font-medium">{actorName(event)}</span>{' '}
          <code className={cn('font-mono text-[0.8125rem]', refused && 'text-bad')}>{event.action}</code>
          {refused && <span className="ml-1 text-bad">(refused)</span>}
          {event.object_kind && (
            <span className="text-muted">
              {' '}
              {event.object_kind}{' '}
              {event.object_name ? (
                <span className="text-ink wrap-anywhere" title={event.object_id ?? undefined}>
                  {event.object_name}
                </span>
              ) : (
                <span className="font-mono text-xs break-all">{event.object_id}</span>
              )}
            </span>
          )}
        </p>
        <span className="flex shrink-0 items-center gap-3">
          <Seal event={event} />
          <TimeAgo at={event.at} className="text-[0.8125rem] whitespace-nowrap text-muted" />
        </span>
      </div>
      {facts.length > 0 && <p className="text-[0.8125rem] text-muted">{facts.join(' · ')}</p>}
      <details className="mt-1">
        <summary className="w-fit cursor-pointer text-[0.8125rem] text-muted">
          {changed.length > 0 ? 'What changed' : 'Details'}
        </summary>
        <div className="mt-2 overflow-x-auto rounded-lg border border-line bg-sunken py-1.5">
          {changed.length > 0 && <Differences items={changed} />}
          <dl className="px-3 py-1 text-xs text-muted">
            <dt className="inline">At </dt>
            <dd className="inline">{event.at}</dd>
            {event.request_id && (
              <>
                <dt className="inline"> · request </dt>
                <dd className="inline font-mono break-all">{event.request_id}</dd>
              </>
            )}
            {event.user_agent && (
              <>
                <dt className="inline"> · program </dt>
                <dd className="inline break-all">{event.user_agent}</dd>
              </>
            )}
          </dl>
        </div>
      </details>
    </li>
  );
}

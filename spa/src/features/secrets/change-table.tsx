import { cn } from '@/lib/cn';
import { lookup } from '@/lib/lookup';

import type { VariableSide } from './editor-api';

export interface ShownChange {
  name: string;
  change: string;
  level?: string | null;
  before: VariableSide | null;
  after: VariableSide | null;
}

const signs: Record<string, { sign: string; text: string }> = {
  added: { sign: '+', text: 'text-ok' },
  changed: { sign: '~', text: 'text-warn' },
  removed: { sign: '−', text: 'text-bad' },
  same: { sign: '=', text: 'text-muted' },
};

/** "1f2e3d4c, build and run, with references"; a value is never in it. */
function describe(side: VariableSide | null): string {
  if (!side) return '–';
  const when = [side.build_time ? 'build' : '', side.run_time ? 'run' : ''].filter(Boolean).join(' and ');
  return [side.fingerprint?.slice(0, 12) ?? 'no fingerprint', when || 'nowhere', side.expand ? 'with references' : '']
    .filter(Boolean)
    .join(', ');
}

/** A diff of variables: what each was and is, by fingerprint. */
export function ChangeTable({ changes, caption }: { changes: readonly ShownChange[]; caption: string }) {
  return (
    <div className="overflow-x-auto">
      <table className="w-full text-[0.8125rem]">
        <caption className="sr-only">{caption}</caption>
        <thead>
          <tr className="border-b border-line text-left text-muted">
            <th scope="col" className="px-3 py-2 font-medium">Variable</th>
            <th scope="col" className="px-3 py-2 font-medium">Change</th>
            <th scope="col" className="px-3 py-2 font-medium">Before</th>
            <th scope="col" className="px-3 py-2 font-medium">After</th>
          </tr>
        </thead>
        <tbody>
          {changes.map((each) => {
            const look = lookup(signs, each.change, { sign: '?', text: 'text-muted' });
            return (
              <tr key={each.name} className="border-t border-line align-top first:border-t-0">
                <th scope="row" className="px-3 py-2 text-left min-w-28 font-mono font-medium wrap-anywhere">
                  {each.name}
                </th>
                <td className={cn('px-3 py-2 whitespace-nowrap', look.text)}>
                  <span aria-hidden className="mr-1 font-mono">
                    {look.sign}
                  </span>
                  {each.change}
                  {each.level && each.level !== 'app' && <span className="block text-muted">in the {each.level}</span>}
                </td>
                <td className="px-3 py-2 font-mono text-xs text-muted">{describe(each.before)}</td>
                <td className="px-3 py-2 font-mono text-xs text-muted">{describe(each.after)}</td>
              </tr>
            );
          })}
        </tbody>
      </table>
    </div>
  );
}

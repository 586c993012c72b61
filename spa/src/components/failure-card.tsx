import { CircleX } from 'lucide-react';
import type { ReactNode } from 'react';

import type { Failure } from '@/api/types';
import { stepName } from '@/lib/failure-step';

import { CopyButton } from './copy-button';
import { DocLink } from './doc-link';
import { plainText } from '@/lib/plain-text';

/** Why it failed and what to do: step, cause, exit code, last lines, hint. */
export function FailureCard({ failure, actions }: { failure: Failure; actions?: ReactNode }) {
  return (
    <section
      aria-label="Failure"
      className="overflow-hidden rounded-xl border border-bad-line bg-surface shadow-raise"
    >
      <div className="flex gap-3 bg-bad-soft px-4 py-3.5">
        <CircleX aria-hidden className="mt-0.5 size-4 shrink-0 text-bad" strokeWidth={2.25} />
        <div className="min-w-0 flex-1">
          <h2 className="font-semibold text-bad">{stepName(failure.step)} failed</h2>
          <p className="mt-0.5 break-words">{plainText(failure.message)}</p>
          <p className="mt-1.5 flex flex-wrap gap-x-4 gap-y-0.5 font-mono text-xs text-muted">
            <span>step {failure.step}</span>
            <span className="break-all">{failure.code}</span>
            {failure.exit_code != null && <span>exit code {failure.exit_code}</span>}
          </p>
        </div>
      </div>
      <p className="border-t border-bad-line px-4 py-3">
        {failure.hint && (
          <>
            <span className="font-medium">What to do: </span>
            {failure.hint}{' '}
          </>
        )}
        <DocLink to="troubleshooting#a-deployment-failed" className="whitespace-nowrap">
          Usual causes, step by step
        </DocLink>
      </p>
      {failure.last_lines.length > 0 && (
        <div className="border-t border-line">
          <div className="flex items-center justify-between px-4 pt-2">
            <h3 className="text-xs font-medium text-muted">Last lines</h3>
            <CopyButton text={() => failure.last_lines.map(plainText).join('\n')} what="last lines" />
          </div>
          <pre
            tabIndex={0}
            aria-label="Last lines"
            className="max-h-56 overflow-auto px-4 pt-1 pb-3 font-mono text-xs leading-5 outline-offset-[-2px]"
          >
            {failure.last_lines.map(plainText).join('\n')}
          </pre>
        </div>
      )}
      {actions && <div className="flex flex-wrap items-center gap-3 border-t border-line px-4 py-3">{actions}</div>}
    </section>
  );
}

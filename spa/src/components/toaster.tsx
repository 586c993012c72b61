import { CircleCheck, CircleX, X } from 'lucide-react';

import { dismissToast, useToasts } from '@/lib/toast';

/** What just happened, said to screen readers too. */
export function Toaster() {
  const toasts = useToasts();
  return (
    <div
      role="status"
      aria-live="polite"
      className="pointer-events-none fixed inset-x-4 bottom-4 z-50 flex flex-col items-end gap-2 sm:left-auto sm:w-96"
    >
      {toasts.map((each) => (
        <div
          key={each.id}
          className="pointer-events-auto flex w-full animate-rise items-start gap-3 rounded-xl border border-line bg-surface p-3 pl-4 shadow-float"
        >
          {each.kind === 'done' ? (
            <CircleCheck aria-hidden className="mt-0.5 size-4 shrink-0 text-ok" />
          ) : (
            <CircleX aria-hidden className="mt-0.5 size-4 shrink-0 text-bad" />
          )}
          <div className="min-w-0 flex-1">
            <p className="font-medium">{each.title}</p>
            {each.detail && <p className="mt-0.5 text-[0.8125rem] break-words text-muted">{each.detail}</p>}
          </div>
          <button
            type="button"
            aria-label="Dismiss"
            onClick={() => dismissToast(each.id)}
            className="rounded-md p-1 text-muted hover:bg-hover hover:text-ink"
          >
            <X aria-hidden className="size-3.5" />
          </button>
        </div>
      ))}
    </div>
  );
}

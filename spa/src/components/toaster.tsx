import { X } from 'lucide-react';

import { dismissToast, useToasts } from '@/lib/toast';

import { StatusMark } from './status-badge';

/** What just happened, said to screen readers too; what can be taken back, is from here. */
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
          className="pointer-events-auto flex w-full animate-rise items-start gap-2.5 rounded-xl border border-line bg-surface py-2.5 pr-2 pl-3.5 shadow-float"
        >
          <StatusMark tone={each.kind === 'done' ? 'ok' : 'bad'} className="mt-0.75" />
          <div className="min-w-0 flex-1">
            <p className="font-medium wrap-anywhere">{each.title}</p>
            {each.detail && <p className="mt-0.5 text-xs break-words text-muted">{each.detail}</p>}
          </div>
          {each.undo && (
            <button
              type="button"
              onClick={() => {
                dismissToast(each.id);
                each.undo?.();
              }}
              className="-my-0.5 rounded-lg px-2 py-1 font-medium text-accent hover:bg-hover"
            >
              Undo
            </button>
          )}
          <button
            type="button"
            aria-label="Dismiss"
            onClick={() => dismissToast(each.id)}
            className="rounded-lg p-1 text-muted hover:bg-hover hover:text-ink"
          >
            <X aria-hidden className="size-3.5" />
          </button>
        </div>
      ))}
    </div>
  );
}

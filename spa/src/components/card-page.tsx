import type { ReactNode } from 'react';

import { Logo } from './logo';

/** One card in the middle of the page: for people who are not signed in, or who have one thing to decide. */
export function CardPage({ title, children }: { title: string; children: ReactNode }) {
  return (
    <main className="grid min-h-dvh place-items-center px-4 py-12">
      <div className="w-full max-w-sm">
        <div className="mb-6 flex items-center justify-center gap-2.5">
          <Logo className="size-8" />
          <span className="text-base font-semibold tracking-tight">WiseHosting</span>
        </div>
        <div className="rounded-2xl border border-line bg-surface p-5 sm:p-6">
          <h1 className="text-lg font-semibold">{title}</h1>
          <div className="mt-2 space-y-4 text-muted">{children}</div>
        </div>
      </div>
    </main>
  );
}

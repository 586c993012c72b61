import { Link, useRouterState } from '@tanstack/react-router';
import { Menu as MenuIcon, X } from 'lucide-react';
import { useState, type ReactNode } from 'react';

import { Logo } from '@/components/logo';
import { Toaster } from '@/components/toaster';
import { cn } from '@/lib/cn';

import { AccountMenu } from './account-menu';
import { FreshnessMark } from './freshness-mark';
import { OrganizationMenu } from './organization-menu';
import { ShellNavigation } from './shell-navigation';

const frameClass =
  'sticky top-0 z-20 flex flex-wrap items-center gap-x-1.5 border-b border-line bg-sunken px-3 ' +
  'lg:fixed lg:inset-y-0 lg:left-0 lg:w-58 lg:flex-col lg:flex-nowrap lg:items-stretch lg:overflow-y-auto lg:border-r lg:border-b-0 lg:px-2.5';

/** The frame of every page: the navigation's place and the content, without anything that needs a session. */
export function ShellFrame({ children, header }: { children: ReactNode; header?: ReactNode }) {
  return (
    <>
      <a
        href="#main"
        className="sr-only z-50 rounded-lg bg-primary px-3 py-2 text-on-primary focus:not-sr-only focus:fixed focus:top-2 focus:left-2"
      >
        Skip to content
      </a>
      <header className={frameClass}>
        {header ?? (
          <Link to="/" aria-label="WiseHosting" className="flex h-12 items-center gap-2 font-semibold lg:h-13 lg:px-1.5">
            <Logo className="size-6 shrink-0" />
            WiseHosting
          </Link>
        )}
      </header>
      <main id="main" tabIndex={-1} className="in-order min-w-0 px-4 pt-5 pb-16 outline-none sm:px-6 lg:ml-58 lg:px-8 lg:pt-6">
        {children}
      </main>
    </>
  );
}

function Header() {
  const pathname = useRouterState({ select: ({ location }) => location.pathname });
  const [openAt, setOpenAt] = useState<string | null>(null);
  // Wherever the navigation led, it is closed there.
  const open = openAt === pathname;
  const Icon = open ? X : MenuIcon;
  return (
    <>
      <button
        type="button"
        aria-expanded={open}
        aria-controls="navigation"
        aria-label="Navigation"
        onClick={() => setOpenAt(open ? null : pathname)}
        className="-ml-1.5 grid size-control place-items-center rounded-lg text-muted hover:bg-hover hover:text-ink lg:hidden"
      >
        <Icon aria-hidden className="size-4.5" strokeWidth={1.75} />
      </button>
      <div className="flex h-12 min-w-0 flex-1 items-center gap-1.5 lg:h-13 lg:flex-none lg:px-1">
        <Link to="/" aria-label="WiseHosting: overview" className="shrink-0 rounded-lg">
          <Logo className="size-6" />
        </Link>
        <OrganizationMenu />
      </div>
      <div
        id="navigation"
        className={cn('max-lg:order-last max-lg:basis-full max-lg:pb-3 lg:flex-1', !open && 'max-lg:hidden')}
      >
        <ShellNavigation />
      </div>
      <div className="flex h-12 items-center justify-between gap-1 lg:px-1">
        <FreshnessMark />
        <AccountMenu />
      </div>
    </>
  );
}

export function Shell({ children }: { children: ReactNode }) {
  return (
    <>
      <ShellFrame header={<Header />}>{children}</ShellFrame>
      <Toaster />
    </>
  );
}

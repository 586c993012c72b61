import { Link } from '@tanstack/react-router';
import { Boxes, FolderTree, Server } from 'lucide-react';
import type { ReactNode } from 'react';

import { Logo } from '@/components/logo';
import { Toaster } from '@/components/toaster';

import { AccountMenu } from './account-menu';
import { FreshnessMark } from './freshness-mark';
import { OrganizationMenu } from './organization-menu';

const navClass =
  'inline-flex h-8 items-center gap-2 rounded-lg px-2 font-medium text-muted hover:bg-hover hover:text-ink sm:px-2.5 ' +
  'aria-[current=page]:bg-hover aria-[current=page]:text-ink';

/** Header and column, without anything that needs a session. */
export function ShellFrame({ children, header }: { children: ReactNode; header?: ReactNode }) {
  return (
    <>
      <a
        href="#main"
        className="sr-only z-50 rounded-lg bg-primary px-3 py-2 text-on-primary focus:not-sr-only focus:fixed focus:top-2 focus:left-2"
      >
        Skip to content
      </a>
      <header className="sticky top-0 z-20 border-b border-line bg-canvas/90 backdrop-blur">
        <div className="mx-auto flex h-14 max-w-6xl items-center gap-1 px-4 sm:gap-3 sm:px-6">
          <Logo className="size-7 shrink-0" />
          {header}
        </div>
      </header>
      <main id="main" tabIndex={-1} className="mx-auto max-w-6xl px-4 pt-7 pb-20 outline-none sm:px-6 sm:pt-9">
        {children}
      </main>
    </>
  );
}

export function Shell({ children }: { children: ReactNode }) {
  return (
    <>
      <ShellFrame
        header={
          <>
            <OrganizationMenu />
            <nav aria-label="Main" className="flex items-center gap-0.5 sm:ml-3">
              <Link to="/" className={navClass} activeOptions={{ exact: true }} activeProps={{ 'aria-current': 'page' }}>
                <Boxes aria-hidden className="size-4" />
                Apps
              </Link>
              <Link to="/projects" className={`${navClass} max-sm:hidden`} activeProps={{ 'aria-current': 'page' }}>
                <FolderTree aria-hidden className="size-4" />
                Projects
              </Link>
              <Link to="/workers" className={navClass} activeProps={{ 'aria-current': 'page' }}>
                <Server aria-hidden className="size-4" />
                Workers
              </Link>
            </nav>
            <span className="flex-1" />
            <FreshnessMark />
            <AccountMenu />
          </>
        }
      >
        {children}
      </ShellFrame>
      <Toaster />
    </>
  );
}

import { Link, type LinkProps } from '@tanstack/react-router';
import { Activity, BookOpen, FolderTree, LayoutList, ScrollText, Search, Server, Settings2, Users, type LucideIcon } from 'lucide-react';
import type { ReactNode } from 'react';

import { useCan } from '@/lib/permissions';
import { useSession } from '@/lib/session';

import { openPalette } from './palette/keyboard';
import { modName } from './palette/keys';

const linkClass =
  'flex h-control-sm items-center gap-2.5 rounded-lg px-2 font-medium text-muted hover:bg-hover hover:text-ink ' +
  'aria-[current=page]:bg-hover aria-[current=page]:text-ink';

interface PlaceProps {
  to: NonNullable<LinkProps['to']>;
  icon: LucideIcon;
  exact?: boolean;
  children: ReactNode;
}

function Place({ to, icon: Icon, exact = false, children }: PlaceProps) {
  return (
    <li>
      <Link to={to} className={linkClass} activeOptions={{ exact }} activeProps={{ 'aria-current': 'page' }}>
        <Icon aria-hidden className="size-4 shrink-0" strokeWidth={1.75} />
        {children}
      </Link>
    </li>
  );
}

/** Where one can go, in the order in which one asks: is all well, what is there, where does it run, who may. */
export function ShellNavigation() {
  const { organization } = useSession();
  const mayAudit = useCan('audit:read');
  if (!organization.slug) return null;
  return (
    <nav aria-label="Main" className="text-sm">
      <button
        type="button"
        onClick={openPalette}
        className="mb-3 flex h-control w-full items-center gap-2.5 rounded-lg border border-line bg-surface px-2 text-muted hover:border-line-strong hover:text-ink"
      >
        <Search aria-hidden className="size-4 shrink-0" strokeWidth={1.75} />
        <span className="flex-1 text-left">Search or jump to</span>
        <kbd aria-hidden className="font-mono text-2xs">
          {modName()}&thinsp;K
        </kbd>
      </button>
      <ul className="space-y-0.5">
        <Place to="/" icon={LayoutList} exact>
          Overview
        </Place>
        <Place to="/activity" icon={Activity}>
          Activity
        </Place>
        <Place to="/projects" icon={FolderTree}>
          Projects
        </Place>
        <Place to="/workers" icon={Server}>
          Workers
        </Place>
      </ul>
      <h2 className="mt-5 mb-1 px-2 text-2xs font-medium text-muted">Organization</h2>
      <ul className="space-y-0.5">
        <Place to="/organization/members" icon={Users}>
          Members
        </Place>
        {mayAudit && (
          <Place to="/audit" icon={ScrollText}>
            Audit log
          </Place>
        )}
        <Place to="/organization" icon={Settings2} exact>
          Settings
        </Place>
      </ul>
      <a href="/docs" target="_blank" rel="noreferrer" className={`mt-5 ${linkClass}`}>
        <BookOpen aria-hidden className="size-4 shrink-0" strokeWidth={1.75} />
        Documentation
      </a>
    </nav>
  );
}

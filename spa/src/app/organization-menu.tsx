import { ChevronsUpDown } from 'lucide-react';
import { lazy, Suspense, useState } from 'react';

import { useSession } from '@/lib/session';

const load = () => import('./organization-menu-content');
const Content = lazy(load);

export const triggerClass =
  'inline-flex h-control-sm min-w-0 shrink items-center gap-1.5 rounded-lg px-1.5 font-semibold hover:bg-hover lg:flex-1';

/** What the button shows: the organization's name. */
export function OrganizationMark() {
  const { organization } = useSession();
  return (
    <>
      <span className="min-w-0 truncate text-left lg:flex-1" title={organization.name}>
        {organization.name || 'No organization'}
      </span>
      <ChevronsUpDown aria-hidden className="size-3.5 shrink-0 text-muted" />
    </>
  );
}

/** The organization that is looked at, and the way to others. The menu's code is fetched when somebody reaches for it. */
export function OrganizationMenu() {
  const [wanted, setWanted] = useState(false);
  const trigger = (
    <button
      type="button"
      aria-label="Organization"
      aria-haspopup="menu"
      className={triggerClass}
      onPointerEnter={() => void load()}
      onFocus={() => void load()}
      onClick={() => setWanted(true)}
    >
      <OrganizationMark />
    </button>
  );
  if (!wanted) return trigger;
  return (
    <Suspense fallback={trigger}>
      <Content />
    </Suspense>
  );
}

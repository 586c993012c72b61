import { lazy, Suspense, useState } from 'react';

import { OrganizationMark, triggerClass } from './organization-mark';

const load = () => import('./organization-menu-content');
const Content = lazy(load);

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

import { CircleUser } from 'lucide-react';
import { lazy, Suspense, useState } from 'react';

const load = () => import('./account-menu-content');
const Content = lazy(load);

const triggerClass = 'grid size-control shrink-0 place-items-center rounded-lg text-muted hover:bg-hover hover:text-ink';

/** The menu of the signed-in person. Its code is fetched when somebody reaches for it. */
export function AccountMenu() {
  const [wanted, setWanted] = useState(false);
  const trigger = (
    <button
      type="button"
      aria-label="Account and theme"
      aria-haspopup="menu"
      className={triggerClass}
      onPointerEnter={() => void load()}
      onFocus={() => void load()}
      onClick={() => setWanted(true)}
    >
      <CircleUser aria-hidden className="size-5" strokeWidth={1.75} />
    </button>
  );
  if (!wanted) return trigger;
  return (
    <Suspense fallback={trigger}>
      <Content triggerClass={triggerClass} />
    </Suspense>
  );
}

import { ChevronsUpDown } from 'lucide-react';

import { useSession } from '@/lib/session';

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

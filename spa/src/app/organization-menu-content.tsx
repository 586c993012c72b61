import { useQuery } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { Check, FolderTree, Plus, ScrollText, Settings, Users } from 'lucide-react';
import { DropdownMenu } from 'radix-ui';

import { orgsQuery } from '@/api/queries';
import { itemClass, Menu, MenuItem, MenuSeparator } from '@/components/menu';
import { useEnterOrganization } from '@/lib/enter-organization';
import { useCan } from '@/lib/permissions';
import { useSession } from '@/lib/session';

import { OrganizationMark, triggerClass } from './organization-mark';

function Choices() {
  const { organization } = useSession();
  const query = useQuery(orgsQuery());
  const enter = useEnterOrganization();
  if (query.isPending) {
    return (
      <p role="status" className="px-2.5 py-2 text-muted">
        Loading organizations…
      </p>
    );
  }
  if (query.isError) {
    return (
      <p role="alert" className="px-2.5 py-2 text-bad">
        {query.error.message}
      </p>
    );
  }
  return (
    <DropdownMenu.RadioGroup value={organization.slug} onValueChange={(slug) => enter(slug)}>
      {query.data.map((each) => (
        <DropdownMenu.RadioItem key={each.id} value={each.slug} className={itemClass}>
          <span className="min-w-0 flex-1">
            <span className="block truncate">{each.name}</span>
            <span className="block truncate text-xs text-muted">
              {each.role}
              {each.deleted_at && ' · deleted'}
            </span>
          </span>
          <DropdownMenu.ItemIndicator>
            <Check aria-hidden className="mt-0.5 size-4" />
          </DropdownMenu.ItemIndicator>
        </DropdownMenu.RadioItem>
      ))}
    </DropdownMenu.RadioGroup>
  );
}

export default function OrganizationMenuContent() {
  const { organization } = useSession();
  const mayAudit = useCan('audit:read');
  const navigate = useNavigate();
  return (
    <Menu
      defaultOpen
      align="start"
      label="Organization"
      trigger={
        <button type="button" aria-label="Organization" className={triggerClass}>
          <OrganizationMark />
        </button>
      }
    >
      <Choices />
      <MenuSeparator />
      {organization.slug && (
        <>
          <MenuItem icon={<FolderTree />} onSelect={() => void navigate({ to: '/projects' })}>
            Projects
          </MenuItem>
          <MenuItem icon={<Users />} onSelect={() => void navigate({ to: '/organization/members' })}>
            Members
          </MenuItem>
          {mayAudit && (
            <MenuItem icon={<ScrollText />} onSelect={() => void navigate({ to: '/audit' })}>
              Audit log
            </MenuItem>
          )}
          <MenuItem icon={<Settings />} onSelect={() => void navigate({ to: '/organization' })}>
            Settings
          </MenuItem>
        </>
      )}
      <MenuItem icon={<Plus />} onSelect={() => void navigate({ to: '/organizations/new' })}>
        New organization
      </MenuItem>
    </Menu>
  );
}

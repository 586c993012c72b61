import { useQueryClient } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { BookOpen, Check, CircleUser, ListChecks, LogOut, Monitor, Moon, Settings2, Sun } from 'lucide-react';
import { DropdownMenu } from 'radix-ui';

import { send } from '@/api/client';
import { paths } from '@/api/paths';
import { keys } from '@/api/queries';
import { itemClass, Menu, MenuItem, MenuSeparator } from '@/components/menu';
import { useThemeChoice } from '@/features/identity/theme-choice';
import { chooseOrganization } from '@/lib/organization';
import { useSession } from '@/lib/session';
import { useTheme, type Theme } from '@/lib/theme';
import { toast } from '@/lib/toast';
import { useAction } from '@/lib/use-action';

const themes: { value: Theme; label: string; icon: typeof Sun }[] = [
  { value: 'system', label: 'System theme', icon: Monitor },
  { value: 'light', label: 'Light theme', icon: Sun },
  { value: 'dark', label: 'Dark theme', icon: Moon },
];

export default function AccountMenuContent({ triggerClass }: { triggerClass: string }) {
  const session = useSession();
  const theme = useTheme();
  const chooseTheme = useThemeChoice();
  const navigate = useNavigate();
  const queryClient = useQueryClient();
  const signOut = useAction({
    run: (_: undefined, idempotencyKey) => send(paths.session, { method: 'DELETE', idempotencyKey }),
    onDone: () => {
      // Nothing of this person stays in memory; the session itself is what the gate watches.
      queryClient.removeQueries({ predicate: (query) => query.queryKey[0] !== keys.session[0] });
      queryClient.setQueryData(keys.session, null);
      chooseOrganization(null);
    },
  });

  return (
    <Menu
      defaultOpen
      label="Account and theme"
      trigger={
        <button type="button" aria-label="Account and theme" className={triggerClass}>
          <CircleUser aria-hidden className="size-5" strokeWidth={1.75} />
        </button>
      }
    >
      <div className="px-2.5 pt-1.5 pb-2">
        <p className="truncate font-medium">{session.person.name}</p>
        <p className="truncate text-xs text-muted">
          {session.role} of {session.organization.name} · version {session.server.version}
        </p>
      </div>
      <MenuSeparator />
      <DropdownMenu.RadioGroup value={theme} onValueChange={(value) => void chooseTheme(value as Theme)}>
        {themes.map(({ value, label, icon: Icon }) => (
          <DropdownMenu.RadioItem
            key={value}
            value={value}
            className={itemClass}
            onSelect={(event) => event.preventDefault()}
          >
            <Icon aria-hidden className="mt-0.5 size-4 text-muted" />
            <span className="flex-1">{label}</span>
            <DropdownMenu.ItemIndicator>
              <Check aria-hidden className="mt-0.5 size-4" />
            </DropdownMenu.ItemIndicator>
          </DropdownMenu.RadioItem>
        ))}
      </DropdownMenu.RadioGroup>
      <MenuSeparator />
      <MenuItem icon={<Settings2 />} onSelect={() => void navigate({ to: '/account' })}>
        Account
      </MenuItem>
      <MenuItem icon={<ListChecks />} onSelect={() => void navigate({ to: '/getting-started' })}>
        Setup checklist
      </MenuItem>
      <MenuItem icon={<BookOpen />} onSelect={() => window.open('/docs', '_blank', 'noreferrer')}>
        Documentation
      </MenuItem>
      <MenuItem
        icon={<LogOut />}
        onSelect={() =>
          signOut.mutate(undefined, { onError: (error) => toast.error('Signing out failed', error.message) })
        }
      >
        Sign out
      </MenuItem>
    </Menu>
  );
}

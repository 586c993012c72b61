import { useQuery } from '@tanstack/react-query';
import { Link, Outlet } from '@tanstack/react-router';

import { meQuery } from '@/api/queries';
import { tabClass, Tabs } from '@/components/tabs';
import { MailPanel } from '@/features/identity/mail-panel';
import { IdentitiesPanel, ProfilePanel, ThemePanel } from '@/features/identity/profile-panels';
import { ProviderPanel } from '@/features/identity/provider-panel';
import { ClisPanel, SessionsPanel } from '@/features/identity/sessions-panel';
import { SshKeysPanel } from '@/features/identity/ssh-keys-panel';
import { TokensPanel } from '@/features/identity/tokens-panel';
import { TotpPanel } from '@/features/identity/totp-panel';
import { useTitle } from '@/lib/use-title';

export function AccountLayout() {
  const me = useQuery(meQuery());
  useTitle('Account');
  const current = { 'aria-current': 'page' } as const;
  return (
    <div className="max-w-3xl">
      <h1 className="text-xl font-semibold tracking-tight">Account</h1>
      <Tabs label="Account">
        <Link to="/account" className={tabClass} activeOptions={{ exact: true }} activeProps={current}>
          Profile
        </Link>
        <Link to="/account/security" className={tabClass} activeProps={current}>
          Security
        </Link>
        <Link to="/account/tokens" className={tabClass} activeProps={current}>
          Tokens and keys
        </Link>
        {me.data?.person?.is_operator && (
          <Link to="/account/installation" className={tabClass} activeProps={current}>
            Installation
          </Link>
        )}
      </Tabs>
      <div className="in-order grid gap-6">
        <Outlet />
      </div>
    </div>
  );
}

export function AccountProfile() {
  return (
    <>
      <ProfilePanel />
      <ThemePanel />
      <IdentitiesPanel />
    </>
  );
}

export function AccountSecurity() {
  return (
    <>
      <TotpPanel />
      <SessionsPanel />
      <ClisPanel />
    </>
  );
}

export function AccountTokens() {
  return (
    <>
      <TokensPanel org={null} />
      <SshKeysPanel />
    </>
  );
}

export function InstallationSettings() {
  return (
    <>
      <ProviderPanel />
      <MailPanel />
    </>
  );
}

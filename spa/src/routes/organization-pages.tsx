import { useQuery, useQueryClient } from '@tanstack/react-query';
import { Link, Outlet } from '@tanstack/react-router';

import { keys, orgQuery } from '@/api/queries';
import { Loaded } from '@/components/loaded';
import { tabClass, Tabs } from '@/components/tabs';
import { TokensPanel } from '@/features/identity/tokens-panel';
import { CreateOrganizationPage as Create } from '@/features/organizations/create-page';
import { InvitationsPanel } from '@/features/organizations/invitations-panel';
import { MembersPanel } from '@/features/organizations/members-panel';
import { DeletedOrganization, EndPanel, LimitsPanel, NamePanel } from '@/features/organizations/settings-panels';
import { VariablesEditor } from '@/features/secrets/variables-editor';
import { useEnterOrganization } from '@/lib/enter-organization';
import { useCan } from '@/lib/permissions';
import { useOrg, useSession } from '@/lib/session';
import { useTitle } from '@/lib/use-title';

export function OrganizationLayout() {
  const { organization } = useSession();
  const mayTokens = useCan('token:manage');
  const mayVariables = useCan('variable:read');
  useTitle(organization.name);
  const current = { 'aria-current': 'page' } as const;
  return (
    <>
      <h1 className="text-xl font-semibold tracking-tight">{organization.name}</h1>
      <Tabs label="Organization">
        <Link to="/organization" className={tabClass} activeOptions={{ exact: true }} activeProps={current}>
          Settings
        </Link>
        <Link to="/organization/members" className={tabClass} activeProps={current}>
          Members
        </Link>
        {mayTokens && (
          <Link to="/organization/tokens" className={tabClass} activeProps={current}>
            Tokens
          </Link>
        )}
        {mayVariables && (
          <Link to="/organization/variables" className={tabClass} activeProps={current}>
            Variables
          </Link>
        )}
      </Tabs>
      <Outlet />
    </>
  );
}

export function OrganizationSettings() {
  const org = useOrg();
  const query = useQuery(orgQuery(org));
  const queryClient = useQueryClient();
  const enter = useEnterOrganization();
  return (
    <Loaded query={query} what="the organization">
      {(organization) => (
        <>
          {organization.deleted_at && <DeletedOrganization organization={organization} />}
          <div className="grid max-w-3xl gap-6">
            <NamePanel
              key={`${organization.name} ${organization.slug}`}
              organization={organization}
              onRenamed={(slug) => {
                void queryClient.invalidateQueries({ queryKey: keys.session });
                enter(slug);
              }}
            />
            <LimitsPanel organization={organization} />
            {!organization.deleted_at && (
              <EndPanel
                organization={organization}
                onLeft={() => {
                  void queryClient.invalidateQueries({ queryKey: keys.session });
                  enter(null);
                }}
              />
            )}
          </div>
        </>
      )}
    </Loaded>
  );
}

export function OrganizationMembers() {
  const mayManage = useCan('member:manage');
  return (
    <div className="in-order grid gap-6">
      <MembersPanel />
      {mayManage && <InvitationsPanel />}
    </div>
  );
}

export function OrganizationTokens() {
  return <TokensPanel org={useOrg()} />;
}

export function OrganizationVariables() {
  return <VariablesEditor scope={{ kind: 'organization' }} title="Variables of all apps" />;
}

export function CreateOrganizationPage() {
  const queryClient = useQueryClient();
  const enter = useEnterOrganization();
  return (
    <Create
      onCreated={(made) => {
        void queryClient.invalidateQueries({ queryKey: keys.session });
        enter(made.slug);
      }}
    />
  );
}

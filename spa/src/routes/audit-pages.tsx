import { useQuery } from '@tanstack/react-query';
import { getRouteApi, useNavigate, useSearch } from '@tanstack/react-router';

import { appQuery } from '@/api/queries';
import { noFilter, type Filter } from '@/features/audit/api';
import { SealPanel, Timeline } from '@/features/audit/timeline';
import { useOrg } from '@/lib/session';
import { useTitle } from '@/lib/use-title';

const appRoute = getRouteApi('/signed-in/apps/$app');

/** The filter as it stands in the address, without what is empty. */
const searchOf = (filter: Filter) => Object.fromEntries(Object.entries(filter).filter(([, value]) => value !== ''));

/** Everything that happened in the organization. */
export function AuditPage() {
  const search = useSearch({ from: '/signed-in/audit' });
  const navigate = useNavigate();
  useTitle('Audit log');
  return (
    <>
      <h1 className="mb-6 text-xl font-semibold tracking-tight">Audit log</h1>
      <div className="in-order grid items-start gap-6 lg:grid-cols-[minmax(0,1fr)_20rem]">
        <Timeline
          app={null}
          filter={{ ...noFilter, ...search }}
          onFilter={(filter) => void navigate({ to: '/audit', search: searchOf(filter) })}
        />
        <SealPanel />
      </div>
    </>
  );
}

/** What happened to one app. */
export function AppAuditPage() {
  const { app: name } = appRoute.useParams();
  const search = useSearch({ from: '/signed-in/apps/$app/audit' });
  const { data: app } = useQuery(appQuery(useOrg(), name));
  const navigate = useNavigate();
  if (!app) return null;
  return (
    <Timeline
      app={app.id}
      filter={{ ...noFilter, ...search }}
      onFilter={(filter) => void navigate({ to: '/apps/$app/audit', params: { app: name }, search: searchOf(filter) })}
    />
  );
}

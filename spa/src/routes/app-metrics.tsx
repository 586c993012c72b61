import { useQuery } from '@tanstack/react-query';
import { getRouteApi, useNavigate, useSearch } from '@tanstack/react-router';

import { appQuery } from '@/api/queries';
import { AppMetrics as Metrics } from '@/features/metrics/app-metrics';
import { useOrg } from '@/lib/session';

const route = getRouteApi('/signed-in/apps/$app');

export function AppMetrics() {
  const { app: name } = route.useParams();
  const { data: app } = useQuery(appQuery(useOrg(), name));
  const search = useSearch({ from: '/signed-in/apps/$app/metrics' });
  const navigate = useNavigate();
  if (!app) return null;
  return (
    <Metrics
      app={app}
      perReplica={search.lines === 'replicas'}
      onPerReplica={(each) =>
        void navigate({ to: '/apps/$app/metrics', params: { app: name }, search: each ? { lines: 'replicas' } : {}, replace: true })
      }
    />
  );
}

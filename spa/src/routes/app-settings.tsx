import { useQuery } from '@tanstack/react-query';
import { getRouteApi } from '@tanstack/react-router';

import { appQuery } from '@/api/queries';
import { CliTwin } from '@/components/cli-twin';
import { HooksPanel } from '@/features/hooks/hooks-panel';
import { DrainsPanel } from '@/features/observability/drains-panel';
import { useSayDeleted } from '@/features/projects/api';
import { DangerZone } from '@/features/projects/settings/danger-zone';
import { HealthSettings, RequestSettings, ResourceSettings, ScaleSettings, SourceSettings } from '@/features/projects/settings/settings-panels';
import { useOrg } from '@/lib/session';

const route = getRouteApi('/signed-in/apps/$app');

/** How an app is built, checked, sized, and ended. */
export function AppSettings() {
  const { app: name } = route.useParams();
  const { data: app } = useQuery(appQuery(useOrg(), name));
  const sayDeleted = useSayDeleted();
  if (!app) return null;
  // A change by somebody else begins the forms anew; what is being typed in others stays.
  return (
    <div className="in-order grid max-w-3xl gap-5">
      <SourceSettings key={`source ${JSON.stringify(app.source)}`} app={app} />
      <HealthSettings key={`health ${app.port} ${app.health_path}`} app={app} />
      <ScaleSettings key={`scale ${app.desired_replicas}`} app={app} />
      <RequestSettings key={`requests ${JSON.stringify(app.request_limit)}`} app={app} />
      <ResourceSettings key={`limits ${JSON.stringify(app.limits)}`} app={app} />
      <HooksPanel app={app} />
      <DrainsPanel app={app} />
      <DangerZone app={app} onDeleted={() => sayDeleted(app.name)} />
      <CliTwin command={`wh settings ${app.name}`} />
    </div>
  );
}

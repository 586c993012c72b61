import { getRouteApi } from '@tanstack/react-router';

import { CliTwin } from '@/components/cli-twin';
import { RuntimeLog } from '@/features/observability/runtime-log';

const route = getRouteApi('/signed-in/apps/$app');

export function AppLogs() {
  const { app } = route.useParams();
  return (
    <>
      <div className="overflow-hidden rounded-xl border border-line bg-surface shadow-raise">
        <RuntimeLog app={app} />
      </div>
      <CliTwin command={`wh logs -f ${app}`} className="mt-3" />
    </>
  );
}

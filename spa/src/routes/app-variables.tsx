import { useQuery } from '@tanstack/react-query';
import { getRouteApi, useNavigate } from '@tanstack/react-router';

import { appQuery } from '@/api/queries';
import { StagedPanel } from '@/features/secrets/staged-panel';
import { VariablesEditor } from '@/features/secrets/variables-editor';
import { useOrg } from '@/lib/session';

const route = getRouteApi('/signed-in/apps/$app');

/** An app's variables, those that it inherits, and what the next deployment changes. */
export function AppVariables() {
  const { app: name } = route.useParams();
  const { data: app } = useQuery(appQuery(useOrg(), name));
  const navigate = useNavigate();
  if (!app) return null;
  const project = encodeURIComponent(app.project);
  const staged = app.staged_changes + app.staged_settings.length > 0;
  const stagedPanel = (
    <StagedPanel
      app={app}
      onStarted={(deployment) =>
        void navigate({
          to: '/apps/$app/deployments/$deploymentId',
          params: { app: app.name, deploymentId: deployment.id },
        })
      }
    />
  );
  return (
    <div className="in-order grid gap-5">
      {staged && stagedPanel}
      <VariablesEditor
        scope={{ kind: 'app', app: app.name }}
        title="Variables"
        project={app.project}
        places={{
          environment: `/projects/${project}/environments/${encodeURIComponent(app.environment)}`,
          project: `/projects/${project}`,
          organization: '/organization/variables',
        }}
      />
      {!staged && stagedPanel}
    </div>
  );
}

import { useNavigate } from '@tanstack/react-router';

import { CreateAppPage as Page } from '@/features/projects/create-app-page';

export function CreateAppPage() {
  const navigate = useNavigate();
  return (
    <Page
      onCreated={(app) => {
        if (app.latest_deployment) {
          void navigate({
            to: '/apps/$app/deployments/$deploymentId',
            params: { app: app.name, deploymentId: app.latest_deployment.id },
          });
        } else {
          void navigate({ to: '/apps/$app', params: { app: app.name } });
        }
      }}
    />
  );
}

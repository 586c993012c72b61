import { useNavigate } from '@tanstack/react-router';
import { ChevronDown, History, Play, Rocket, RotateCw, Scaling, Square, Trash2 } from 'lucide-react';
import { useState } from 'react';

import type { App, Deployment } from '@/api/types';
import { Button } from '@/components/button';
import { Menu, MenuItem, MenuSeparator } from '@/components/menu';
import { useStartDeployment } from '@/features/deployments/api';
import { RollbackDialog } from '@/features/deployments/rollback-dialog';
import { useAppAction, useSayDeleted } from '@/features/projects/api';
import { DeleteDialog } from '@/features/projects/delete-dialog';
import { ScaleDialog } from '@/features/projects/scale-dialog';
import { plural } from '@/lib/format';
import { notAllowed, useCanIn } from '@/lib/permissions';
import { toast } from '@/lib/toast';

type Asking = 'rollback' | 'scale' | 'delete' | null;

/** Everything that can be done to an app, each with its command. */
export function AppActions({ app }: { app: App }) {
  const navigate = useNavigate();
  const [asking, setAsking] = useState<Asking>(null);
  const watch = (deployment: Deployment) => {
    setAsking(null);
    void navigate({
      to: '/apps/$app/deployments/$deploymentId',
      params: { app: app.name, deploymentId: deployment.id },
    });
  };
  const deploy = useStartDeployment(app.name, watch);
  const restart = useStartDeployment(app.name, watch);
  const stop = useAppAction(app.name, 'stop');
  const start = useAppAction(app.name, 'start');
  const sayDeleted = useSayDeleted();
  const close = () => setAsking(null);
  const mayDeploy = useCanIn(app.project, 'app:deploy');
  const mayWrite = useCanIn(app.project, 'app:write');
  const deleting = app.state === 'deleting';
  const stopped = app.state === 'stopped';
  const running = app.current_release !== null && !stopped;
  const failed = (what: string) => (error: Error) => toast.error(what, error.message);

  return (
    <div className="flex items-center gap-1 sm:gap-2">
      <Menu
        label="Actions"
        trigger={
          <Button disabled={deleting || !(mayDeploy || mayWrite)} busy={restart.isPending || stop.isPending || start.isPending}>
            Actions
            <ChevronDown aria-hidden className="size-4 text-muted" />
          </Button>
        }
      >
        <MenuItem
          icon={<RotateCw />}
          command={`wh restart ${app.name}`}
          disabled={!running || !mayDeploy}
          onSelect={() => restart.mutate({ action: 'restart' }, { onError: failed('Restarting failed') })}
        >
          Restart
        </MenuItem>
        {stopped ? (
          <MenuItem
            icon={<Play />}
            command={`wh start ${app.name}`}
            disabled={!mayDeploy}
            onSelect={() =>
              start.mutate(null, {
                onSuccess: () => toast.done(`${app.name} is starting`),
                onError: failed('Starting failed'),
              })
            }
          >
            Start
          </MenuItem>
        ) : (
          <MenuItem
            icon={<Square />}
            command={`wh stop ${app.name}`}
            disabled={!running || !mayDeploy}
            onSelect={() =>
              stop.mutate(null, {
                onSuccess: () => toast.done(`${app.name} is stopping`),
                onError: failed('Stopping failed'),
              })
            }
          >
            Stop
          </MenuItem>
        )}
        <MenuItem
          icon={<History />}
          command={`wh rollback ${app.name}`}
          disabled={app.current_release === null || !mayDeploy}
          onSelect={() => setAsking('rollback')}
        >
          Roll back…
        </MenuItem>
        <MenuItem icon={<Scaling />} command={`wh scale ${app.name}`} disabled={!mayWrite} onSelect={() => setAsking('scale')}>
          Scale…
        </MenuItem>
        <MenuSeparator />
        <MenuItem icon={<Trash2 />} danger command={`wh delete ${app.name}`} disabled={!mayWrite} onSelect={() => setAsking('delete')}>
          Delete…
        </MenuItem>
      </Menu>
      <Button
        look="primary"
        busy={deploy.isPending}
        disabled={deleting || !mayDeploy}
        title={mayDeploy ? `wh deploy ${app.name}` : notAllowed}
        onClick={() => deploy.mutate({ action: 'deployments' }, { onError: failed('The deployment was not started') })}
      >
        {!deploy.isPending && <Rocket aria-hidden className="size-4" />}
        Deploy
      </Button>
      <RollbackDialog app={app} open={asking === 'rollback'} onClose={close} onStarted={watch} />
      <ScaleDialog
        app={app}
        open={asking === 'scale'}
        onClose={close}
        onScaled={(scaled) => {
          close();
          toast.done(`${scaled.name} shall have ${plural(scaled.desired_replicas, 'replica')}`);
        }}
      />
      <DeleteDialog
        app={app}
        open={asking === 'delete'}
        onClose={close}
        onDeleted={() => {
          sayDeleted(app.name);
          void navigate({ to: '/' });
        }}
      />
    </div>
  );
}

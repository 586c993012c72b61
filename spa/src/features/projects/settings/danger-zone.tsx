import { useState, type ReactNode } from 'react';

import type { App } from '@/api/types';
import { Button } from '@/components/button';
import { ConfirmDialog } from '@/components/confirm-dialog';
import { Panel } from '@/components/panel';
import { plural } from '@/lib/format';
import { notAllowed, useCanIn } from '@/lib/permissions';
import { toast } from '@/lib/toast';

import { useAppAction } from '../api';
import { DeleteDialog } from '../delete-dialog';

function Row({ title, text, action }: { title: string; text: ReactNode; action: ReactNode }) {
  return (
    <div className="flex flex-wrap items-center justify-between gap-x-6 gap-y-2.5 px-4 py-3">
      <div className="min-w-0 flex-1 basis-64">
        <h3 className="font-medium">{title}</h3>
        <p className="text-muted">{text}</p>
      </div>
      {action}
    </div>
  );
}

function StopRow({ app, off }: { app: App; off: boolean }) {
  const [asking, setAsking] = useState(false);
  const stop = useAppAction(app.name, 'stop');
  const start = useAppAction(app.name, 'start');
  if (app.state === 'stopped') {
    const begin = () =>
      start.mutate(null, {
        onSuccess: () => toast.done(`${app.name} is starting`),
        onError: (error) => toast.error('Starting failed', error.message),
      });
    return (
      <Row
        title="Start the app"
        text="It is stopped: its address answers 503. Its release, variables and settings are kept."
        action={
          <Button busy={start.isPending} disabled={off} onClick={begin}>
            Start app
          </Button>
        }
      />
    );
  }
  return (
    <>
      <Row
        title="Stop the app"
        text="Its replicas end and its address answers 503, until somebody starts it. Nothing is lost."
        action={
          <Button disabled={off || app.current_release === null} onClick={() => setAsking(true)}>
            Stop app…
          </Button>
        }
      />
      <ConfirmDialog
        open={asking}
        onClose={() => setAsking(false)}
        title={`Stop ${app.name}?`}
        action="Stop app"
        command={`wh stop ${app.name}`}
        busy={stop.isPending}
        error={stop.error}
        onConfirm={() =>
          stop.mutate(null, {
            onSuccess: () => {
              setAsking(false);
              toast.done(`${app.name} is stopping`);
            },
          })
        }
      >
        <p>
          {plural(app.desired_replicas, 'replica')} end after the requests in flight. <span className="break-all">{app.url}</span> answers
          503 until the app is started again.
        </p>
      </ConfirmDialog>
    </>
  );
}

/** What ends something: each says what goes, and for how long it can be brought back. */
export function DangerZone({ app, onDeleted }: { app: App; onDeleted: () => void }) {
  const [deleting, setDeleting] = useState(false);
  const mayDeploy = useCanIn(app.project, 'app:deploy');
  const mayWrite = useCanIn(app.project, 'app:write');
  const undo = useAppAction(app.name, 'undo');
  const gone = app.state === 'deleting';
  return (
    <Panel title="Danger zone" className="border-bad-line">
      <div className="divide-y divide-line">
        {!mayWrite && <p className="px-4 py-3 text-muted">{notAllowed}</p>}
        {!gone && <StopRow app={app} off={!mayDeploy} />}
        {gone ? (
          <Row
            title="Bring the app back"
            text={`It was deleted, and is erased for good on ${app.erased_at?.slice(0, 16).replace('T', ' ') ?? '?'} UTC.`}
            action={
              <Button
                busy={undo.isPending}
                disabled={!mayWrite}
                onClick={() => undo.mutate(null, { onError: (error) => toast.error('It stays deleted', error.message) })}
              >
                Bring it back
              </Button>
            }
          />
        ) : (
          <Row
            title="Delete the app"
            text="With its deployments, images, variables and logs. For 24 hours it can be brought back."
            action={
              <Button look="danger" disabled={!mayWrite} onClick={() => setDeleting(true)}>
                Delete app…
              </Button>
            }
          />
        )}
      </div>
      <DeleteDialog
        app={app}
        open={deleting}
        onClose={() => setDeleting(false)}
        onDeleted={() => {
          setDeleting(false);
          onDeleted();
        }}
      />
    </Panel>
  );
}

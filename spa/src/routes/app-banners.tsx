import { CirclePause, Trash2 } from 'lucide-react';
import type { ReactNode } from 'react';

import type { App } from '@/api/types';
import { Button } from '@/components/button';
import { useAppAction } from '@/features/projects/api';
import { toast } from '@/lib/toast';

function Banner({ icon, text, action }: { icon: ReactNode; text: ReactNode; action: ReactNode }) {
  return (
    <div className="mt-5 flex flex-wrap items-center gap-x-4 gap-y-3 rounded-xl bg-warn-soft px-4 py-3">
      <p className="flex min-w-0 flex-1 basis-64 items-start gap-2.5 text-warn">
        {icon}
        <span>{text}</span>
      </p>
      {action}
    </div>
  );
}

/** A rollback stays: no push takes it back until somebody says so. */
function PausedBanner({ app }: { app: App }) {
  const resume = useAppAction(app.name, 'resume');
  return (
    <Banner
      icon={<CirclePause aria-hidden className="mt-0.5 size-4 shrink-0" />}
      text="Automatic deploys are paused since a rollback."
      action={
        <Button
          size="sm"
          busy={resume.isPending}
          title={`wh resume ${app.name}`}
          onClick={() => resume.mutate(null, { onError: (error) => toast.error('They stay paused', error.message) })}
        >
          Resume
        </Button>
      }
    />
  );
}

function DeletedBanner({ app, until }: { app: App; until: string }) {
  const undo = useAppAction(app.name, 'undo');
  return (
    <Banner
      icon={<Trash2 aria-hidden className="mt-0.5 size-4 shrink-0" />}
      text={
        <>
          <span className="font-medium">This app was deleted.</span> It is erased on{' '}
          <time dateTime={until}>{until.slice(0, 16).replace('T', ' ')} UTC</time>; until then it can be brought back.
        </>
      }
      action={
        <Button
          size="sm"
          busy={undo.isPending}
          title={`wh undo ${app.name}`}
          onClick={() => undo.mutate(null, { onError: (error) => toast.error('It stays deleted', error.message) })}
        >
          Bring it back
        </Button>
      }
    />
  );
}

/** What somebody has to know, and can end, on each page of an app. */
export function AppBanners({ app }: { app: App }) {
  return (
    <>
      {app.erased_at && <DeletedBanner app={app} until={app.erased_at} />}
      {app.automatic_deploys_paused && !app.erased_at && <PausedBanner app={app} />}
    </>
  );
}

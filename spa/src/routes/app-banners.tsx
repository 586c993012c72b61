import type { App } from '@/api/types';
import { Banner } from '@/components/banner';
import { Button } from '@/components/button';
import { useAppAction } from '@/features/projects/api';
import { notAllowed, useCanIn } from '@/lib/permissions';
import { toast } from '@/lib/toast';

/** A rollback stays: no push takes it back until somebody says so. */
function PausedBanner({ app }: { app: App }) {
  const resume = useAppAction(app.name, 'resume');
  const may = useCanIn(app.project, 'app:deploy');
  return (
    <Banner
      className="mb-2"
      tone="warn"
      title="Automatic deploys are paused since a rollback."
      action={
        <Button
          size="sm"
          busy={resume.isPending}
          disabled={!may}
          title={may ? `wh resume ${app.name}` : notAllowed}
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
  const may = useCanIn(app.project, 'app:write');
  return (
    <Banner
      className="mb-2"
      tone="warn"
      title="This app was deleted."
      action={
        <Button
          size="sm"
          busy={undo.isPending}
          disabled={!may}
          title={may ? `wh undo ${app.name}` : notAllowed}
          onClick={() => undo.mutate(null, { onError: (error) => toast.error('It stays deleted', error.message) })}
        >
          Bring it back
        </Button>
      }
    >
      It is erased on <time dateTime={until}>{until.slice(0, 16).replace('T', ' ')} UTC</time>; until then it can be brought
      back.
    </Banner>
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

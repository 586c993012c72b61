import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { Pin, PinOff } from 'lucide-react';

import { releasesQuery } from '@/api/queries';
import type { App, Release } from '@/api/types';
import { Button } from '@/components/button';
import { CliTwin } from '@/components/cli-twin';
import { Loaded } from '@/components/loaded';
import { Panel } from '@/components/panel';
import { TimeAgo } from '@/components/time-ago';
import { shortCommit, shortDigest } from '@/lib/format';
import { notAllowed, useCanIn } from '@/lib/permissions';
import { useOrg } from '@/lib/session';
import { toast } from '@/lib/toast';

import { keptImages, usePinRelease } from './api';

function PinButton({ app, release }: { app: App; release: Release }) {
  const pin = usePinRelease(app.name);
  const may = useCanIn(app.project, 'app:deploy');
  const { number, pinned } = release;
  if (release.image_removed) return null;
  const word = pinned ? 'Unpin' : 'Pin';
  return (
    <Button
      size="sm"
      look={pinned ? 'secondary' : 'quiet'}
      aria-label={`${word} release ${number}`}
      busy={pin.isPending}
      disabled={!may}
      title={may ? `wh ${word.toLowerCase()} ${app.name} ${number}` : notAllowed}
      onClick={() =>
        pin.mutate({ number, pinned: !pinned }, { onError: (error) => toast.error(`It stays ${pinned ? 'pinned' : 'as it was'}`, error.message) })
      }
    >
      {pinned ? <PinOff aria-hidden /> : <Pin aria-hidden />}
      {word}
    </Button>
  );
}

function ReleaseRow({ app, release }: { app: App; release: Release }) {
  const current = app.current_release?.number === release.number;
  return (
    <li className="flex min-h-13 items-center gap-3 px-4 py-2">
      <div className="min-w-0 flex-1">
        <p className="truncate">
          <Link
            to="/apps/$app/deployments/$deploymentId"
            params={{ app: app.name, deploymentId: release.deployment_id }}
            className="rounded-sm font-medium hover:underline"
          >
            Release {release.number}
          </Link>
          {current && <span className="text-ok"> · current</span>}
          {release.pinned && <span> · pinned</span>}
          {release.image_removed && <span className="text-muted"> · image removed</span>}
        </p>
        <p className="truncate text-xs text-muted">
          <code className="font-mono">{release.commit ? shortCommit(release.commit) : shortDigest(release.image_digest)}</code>
          {' · '}
          <TimeAgo at={release.created_at} />
        </p>
      </div>
      <PinButton app={app} release={release} />
    </li>
  );
}

/** An app's releases, newest first: which images are there to go back to, and which are kept whatever their age. */
export function ReleasesPanel({ app }: { app: App }) {
  const query = useQuery(releasesQuery(useOrg(), app.name));
  return (
    <Panel title="Releases" doc="rolling-back">
      <Loaded query={query} what="releases" empty="None yet. The first deployment makes one.">
        {(releases) => (
          <>
            <ul aria-label="Releases" className="max-h-117 divide-y divide-line overflow-y-auto">
              {releases.map((release) => (
                <ReleaseRow key={release.id} app={app} release={release} />
              ))}
            </ul>
            <div className="border-t border-line px-4 py-2.5 text-xs text-muted">
              {keptImages}
              <CliTwin command={`wh releases ${app.name}`} className="mt-1.5" />
            </div>
          </>
        )}
      </Loaded>
    </Panel>
  );
}

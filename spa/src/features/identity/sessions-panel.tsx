import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';

import { Button } from '@/components/button';
import { CliTwin } from '@/components/cli-twin';
import { ConfirmDialog } from '@/components/confirm-dialog';
import { Loaded } from '@/components/loaded';
import { Panel } from '@/components/panel';
import { TimeAgo } from '@/components/time-ago';
import { formatUtc, plural } from '@/lib/format';
import { toast } from '@/lib/toast';

import {
  clisQuery,
  sessionsQuery,
  useRevokeCli,
  useRevokeOthers,
  useRevokeSession,
  type BrowserSession,
  type Cli,
} from './account-api';

const refused = (what: string) => (error: Error) => toast.error(what, error.message);

function SessionRow({ session }: { session: BrowserSession }) {
  const revoke = useRevokeSession();
  return (
    <li className="flex items-center gap-3 px-4 py-2.5">
      <div className="min-w-0 flex-1">
        <p className="font-medium">
          {session.device}
          {session.current && <span className="ml-2 text-xs font-medium text-ok">This browser</span>}
        </p>
        <p className="text-[0.8125rem] text-muted">
          {session.address} · used <TimeAgo at={session.last_used_at} /> · signed in <TimeAgo at={session.created_at} />
          {session.second_factor && ' · with authenticator'}
          <span className="max-sm:hidden" title={formatUtc(session.expires_at)}>
            {' '}
            · until {session.expires_at.slice(0, 10)}
          </span>
        </p>
      </div>
      {!session.current && (
        <Button
          size="sm"
          busy={revoke.isPending}
          aria-label={`End the session ${session.device}, ${session.address}`}
          onClick={() => revoke.mutate(session.id, { onError: refused('The session was not ended') })}
        >
          End
        </Button>
      )}
    </li>
  );
}

/** Browsers in which this person is signed in. */
export function SessionsPanel() {
  const query = useQuery(sessionsQuery());
  const [asking, setAsking] = useState(false);
  const others = useRevokeOthers((ended) => {
    setAsking(false);
    toast.done(`${plural(ended, 'other sign-in')} ended`);
  });
  return (
    <Panel
      title="Sessions"
      aside={
        <Button size="sm" onClick={() => setAsking(true)}>
          Sign out everywhere else
        </Button>
      }
    >
      <Loaded query={query} what="sessions" empty="None.">
        {(sessions) => (
          <ul aria-label="Sessions" className="divide-y divide-line">
            {sessions.map((session) => (
              <SessionRow key={session.id} session={session} />
            ))}
          </ul>
        )}
      </Loaded>
      <ConfirmDialog
        open={asking}
        onClose={() => setAsking(false)}
        title="Sign out everywhere else?"
        action="Sign out everywhere else"
        busy={others.isPending}
        error={others.error}
        onConfirm={() => others.mutate(null)}
      >
        <p>All your other sessions and every “wh login” end at once. Tokens stay as they are.</p>
      </ConfirmDialog>
    </Panel>
  );
}

function CliRow({ cli }: { cli: Cli }) {
  const revoke = useRevokeCli();
  return (
    <li className="flex items-center gap-3 px-4 py-2.5">
      <div className="min-w-0 flex-1">
        <p className="font-medium">{cli.client}</p>
        <p className="text-[0.8125rem] text-muted">
          {cli.address} · used <TimeAgo at={cli.last_used_at} /> · signed in <TimeAgo at={cli.created_at} />
        </p>
      </div>
      <Button
        size="sm"
        busy={revoke.isPending}
        aria-label={`Sign out ${cli.client}, ${cli.address}`}
        onClick={() => revoke.mutate(cli.id, { onError: refused('It was not signed out') })}
      >
        Sign out
      </Button>
    </li>
  );
}

/** Programs that were signed in by a code in the browser. */
export function ClisPanel() {
  const query = useQuery(clisQuery());
  return (
    <Panel title="Signed-in programs">
      <Loaded
        query={query}
        what="signed-in programs"
        empty={
          <>
            <p>None. A terminal signs in by a code that you confirm here.</p>
            <CliTwin command="wh login" className="mt-1" />
          </>
        }
      >
        {(clis) => (
          <ul aria-label="Signed-in programs" className="divide-y divide-line">
            {clis.map((cli) => (
              <CliRow key={cli.id} cli={cli} />
            ))}
          </ul>
        )}
      </Loaded>
    </Panel>
  );
}

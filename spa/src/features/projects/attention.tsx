import { Link } from '@tanstack/react-router';
import { useEffect, useRef } from 'react';

import type { App } from '@/api/types';
import { Banner } from '@/components/banner';
import { buttonClass } from '@/components/button';
import { stepName } from '@/lib/failure-step';
import { plainText } from '@/lib/plain-text';
import { plural } from '@/lib/format';

/** What a person has to look at: apps that do not run as they should or are over a limit, and deployments that failed. */
export const needsAttention = (app: App) =>
  app.state === 'failed' || app.state === 'degraded' || app.latest_deployment?.state === 'failed' || warned(app);

/** It serves, but something of it is over a limit. */
const warned = ({ state, warnings }: App) => state === 'live' && warnings !== undefined && warnings.length > 0;

/** One sentence that answers "is everything well?". */
export function summary(apps: readonly App[]): string {
  const count = (...states: App['state'][]) => apps.filter((app) => states.includes(app.state)).length;
  const failed = apps.filter(needsAttention).length;
  const parts = [
    failed > 0 ? `${failed} need${failed === 1 ? 's' : ''} attention` : '',
    count('deploying') > 0 ? `${count('deploying')} deploying` : '',
    count('live') > 0 ? `${count('live')} live` : '',
    count('stopped') > 0 ? `${count('stopped')} stopped` : '',
  ].filter(Boolean);
  return parts.length > 0 ? parts.join(' · ') : plural(apps.length, 'app');
}

const shownAtOnce = 4;

function Trouble({ app }: { app: App }) {
  const latest = app.latest_deployment;
  const failed = latest?.state === 'failed' ? latest : null;
  const failure = failed?.failure;
  const serving = app.current_release && failed ? ` Release ${app.current_release.number} keeps serving.` : '';
  return (
    <li>
      <Banner
        tone={(app.state === 'degraded' || warned(app)) && !failed ? 'warn' : 'bad'}
        title={
          <>
            <span className="font-semibold">{app.name}</span>:{' '}
            {failure ? `${stepName(failure.step).toLowerCase()} failed` : failed ? `deployment #${failed.number} failed` : warned(app) ? 'it serves, with a warning' : 'not all replicas are healthy'}.
          </>
        }
        action={
          failed ? (
            <Link
              to="/apps/$app/deployments/$deploymentId"
              params={{ app: app.name, deploymentId: failed.id }}
              className={buttonClass('secondary', 'sm')}
            >
              See what happened
            </Link>
          ) : (
            <Link to="/apps/$app" params={{ app: app.name }} className={buttonClass('secondary', 'sm')}>
              See the replicas
            </Link>
          )
        }
      >
        {failure && <span>{plainText(failure.message)}</span>}
        {!failed && warned(app) && <span>{plainText(app.warnings?.join(' ') ?? '')}</span>}
        <span className="text-muted">
          {serving}
          {failure?.hint && ` ${failure.hint}`}
        </span>
      </Banner>
    </li>
  );
}

/** In the place of a trouble that is over. */
function Over({ name, app }: { name: string; app: App | undefined }) {
  return (
    <li>
      <Banner tone={app ? 'ok' : 'idle'} title={`${name} ${app ? 'needs no attention any more' : 'was deleted'}.`} />
    </li>
  );
}

/** Apps in trouble, by id with their names, as somebody has seen them: what comes and goes meanwhile moves nothing. */
export type Seen = ReadonlyMap<string, string>;
export const troubled = (apps: readonly App[]): Seen => new Map(apps.filter(needsAttention).map(({ id, name }) => [id, name]));

/** What failed and what to do about it. It has the focus when it was asked for, as the button for that is gone. */
export function Attention({ apps, seen }: { apps: readonly App[]; seen: Seen }) {
  const section = useRef<HTMLElement>(null);
  const atFirst = useRef(seen);
  useEffect(() => {
    if (seen !== atFirst.current) section.current?.focus();
  }, [seen]);
  if (seen.size === 0) return null;
  return (
    <section ref={section} tabIndex={-1} aria-label="Needs attention" className="mb-5 outline-none">
      <ul className="space-y-2">
        {[...seen].slice(0, shownAtOnce).map(([id, name]) => {
          const app = apps.find((each) => each.id === id);
          return app && needsAttention(app) ? <Trouble key={id} app={app} /> : <Over key={id} name={name} app={app} />;
        })}
      </ul>
      {seen.size > shownAtOnce && (
        <p className="mt-2 text-muted">And {plural(seen.size - shownAtOnce, 'other app')}: they stand first in the list.</p>
      )}
    </section>
  );
}

import { useQuery } from '@tanstack/react-query';
import { Link, useLocation } from '@tanstack/react-router';
import { Plus } from 'lucide-react';
import { useState } from 'react';

import type { App } from '@/api/types';
import { Button } from '@/components/button';
import { CliTwin } from '@/components/cli-twin';
import { Dialog } from '@/components/dialog';
import { DialogForm } from '@/components/form';
import { Loaded } from '@/components/loaded';
import { Panel } from '@/components/panel';
import { SelectField } from '@/components/select-field';
import { appStatus, StatusBadge, StatusMark } from '@/components/status-badge';
import { TimeAgo } from '@/components/time-ago';
import { useCanIn } from '@/lib/permissions';
import { useOrg } from '@/lib/session';

import { appEnvironmentsQuery, useAddToEnvironment } from './api';
import { environmentsQuery } from './projects-api';

/** The app's name without the environment: "hello" of "hello@staging". */
const nameOf = (app: App) => app.name.split('@', 1)[0] ?? app.name;

const pages = {
  deployments: '/apps/$app/deployments',
  logs: '/apps/$app/logs',
  metrics: '/apps/$app/metrics',
  variables: '/apps/$app/variables',
  settings: '/apps/$app/settings',
  audit: '/apps/$app/audit',
} as const;

/** The page of an app that is looked at, for another environment of it. */
function useSamePage(): (typeof pages)[keyof typeof pages] | '/apps/$app' {
  const page = useLocation().pathname.split('/')[3] ?? '';
  return Object.hasOwn(pages, page) ? pages[page as keyof typeof pages] : '/apps/$app';
}

/** From one environment of an app to another, on the same page of it. Nothing where there is one only. */
export function EnvironmentSwitch({ app }: { app: App }) {
  const { data: all = [] } = useQuery(appEnvironmentsQuery(useOrg(), app.name));
  const to = useSamePage();
  if (all.length < 2) return null;
  return (
    <nav aria-label="Environment" className="mb-3 flex flex-wrap gap-1.5">
      {all.map((each) => (
        <Link
          key={each.name}
          to={to}
          params={{ app: each.name }}
          className="inline-flex h-control-sm items-center gap-1.5 rounded-lg border border-line px-2 text-muted hover:bg-hover hover:text-ink aria-[current=page]:border-accent aria-[current=page]:text-ink"
        >
          <StatusMark tone={appStatus(each).tone} />
          {each.environment}
          <span className="sr-only">, {appStatus(each).label}</span>
        </Link>
      ))}
    </nav>
  );
}

function Row({ app }: { app: App }) {
  const latest = app.latest_deployment;
  return (
    <li className="px-4 py-2">
      <div className="flex items-center justify-between gap-3">
        <Link
          to="/apps/$app"
          params={{ app: app.name }}
          className="min-w-0 truncate font-medium underline decoration-line-strong underline-offset-3 hover:decoration-current"
        >
          {app.environment}
        </Link>
        <StatusBadge status={appStatus(app)} />
      </div>
      <p className="truncate text-xs text-muted" title={app.url}>
        {app.url.replace(/^https?:\/\//, '')}
      </p>
      <p className="truncate text-xs text-muted">
        {latest ? (
          <Link
            to="/apps/$app/deployments/$deploymentId"
            params={{ app: app.name, deploymentId: latest.id }}
            className="rounded-sm hover:text-ink hover:underline"
          >
            Deployment #{latest.number} <TimeAgo at={latest.live_at ?? latest.finished_at ?? latest.created_at} />
          </Link>
        ) : (
          'Never deployed'
        )}
        {' · '}
        {app.source.branch}
      </p>
    </li>
  );
}

function AddForm({ app, there, onClose }: { app: App; there: readonly string[]; onClose: () => void }) {
  const query = useQuery(environmentsQuery(useOrg(), app.project));
  const add = useAddToEnvironment(nameOf(app), onClose);
  const [chosen, setChosen] = useState('');
  return (
    <Loaded query={query} what="environments">
      {(all) => {
        const free = all.filter(({ name }) => !there.includes(name));
        const environment = chosen || (free[0]?.name ?? '');
        const submit = () => add.mutate(environment);
        if (free.length === 0) {
          return (
            <>
              <p className="text-muted">
                It is in every environment of{' '}
                <Link to="/projects/$project" params={{ project: app.project }} className="text-accent underline underline-offset-3">
                  the project {app.project}
                </Link>
                , where more can be made.
              </p>
              <CliTwin command={`wh projects create-environment ${app.project} staging`} className="mt-4" />
            </>
          );
        }
        return (
          <DialogForm
            action="Add to environment"
            command={`wh apps add-environment ${nameOf(app)} ${environment}`}
            busy={add.isPending}
            error={add.error}
            onClose={onClose}
            onSubmit={submit}
          >
            <SelectField
              label="Environment"
              hint="It begins with production’s settings and gets an address of its own."
              value={environment}
              onChange={(event) => setChosen(event.target.value)}
            >
              {free.map(({ id, name }) => (
                <option key={id}>{name}</option>
              ))}
            </SelectField>
          </DialogForm>
        );
      }}
    </Loaded>
  );
}

/** Where an app runs: state, address and last deployment of each environment. */
export function AppEnvironmentsPanel({ app }: { app: App }) {
  const query = useQuery(appEnvironmentsQuery(useOrg(), app.name));
  const mayWrite = useCanIn(app.project, 'app:write');
  const [adding, setAdding] = useState(false);
  const close = () => setAdding(false);
  return (
    <Panel
      title="Environments"
      aside={
        mayWrite && (
          <Button size="sm" look="quiet" aria-label="Add to environment" onClick={() => setAdding(true)}>
            <Plus aria-hidden className="size-3.5" />
            Add
          </Button>
        )
      }
    >
      <Loaded query={query} what="environments">
        {(all) => (
          <ul aria-label="Environments" className="divide-y divide-line">
            {all.map((each) => (
              <Row key={each.name} app={each} />
            ))}
          </ul>
        )}
      </Loaded>
      <Dialog open={adding} onClose={close} title={`Add ${nameOf(app)} to an environment`}>
        {adding && <AddForm app={app} there={query.data?.map(({ environment }) => environment) ?? []} onClose={close} />}
      </Dialog>
    </Panel>
  );
}

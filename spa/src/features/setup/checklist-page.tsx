import { useInfiniteQuery, useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';

import { appsQuery, mailSettingsQuery, membersQuery, meQuery, signInQuery, workersQuery } from '@/api/queries';
import { buttonClass } from '@/components/button';
import { CliTwin } from '@/components/cli-twin';
import { DocLink } from '@/components/doc-link';
import { holdBack } from '@/components/hold-back';
import { PageHeader } from '@/components/page-header';
import { ErrorNotice, Skeleton } from '@/components/states';
import { StatusMark } from '@/components/status-badge';
import { cn } from '@/lib/cn';
import { useOrg } from '@/lib/session';
import { useTitle } from '@/lib/use-title';

import { progressOf, stepsOf, type Step } from './steps';

function StepRow({ step, next }: { step: Step; next: boolean }) {
  const done = step.done === true;
  const state = done ? 'Done' : step.done === undefined ? 'Not known' : step.optional ? 'Optional' : 'To do';
  return (
    <li className="flex flex-wrap items-start gap-x-3 gap-y-2 px-4 py-3.5" data-done={done}>
      <span className="translate-y-1">
        <StatusMark tone={done ? 'ok' : next ? 'busy' : 'idle'} />
      </span>
      <div className="min-w-0 flex-1 basis-64">
        <h2 className={cn('text-base font-medium', done && 'text-muted')}>
          {step.title}
          <span className="ml-2 text-xs font-normal text-muted">{state}</span>
        </h2>
        {!done && (
          <p className="mt-0.5 max-w-xl text-muted">
            {step.text} {step.doc && <DocLink to={step.doc}>How it works</DocLink>}
          </p>
        )}
        {!done && step.command && <CliTwin command={step.command} className="mt-1" />}
      </div>
      {!done && (
        <Link to={step.href} className={buttonClass(next ? 'primary' : 'secondary')}>
          {step.action}
        </Link>
      )}
    </li>
  );
}

/** What a new installation still needs; each step is ticked by what is there, not by being pressed. */
export function ChecklistPage() {
  const org = useOrg();
  const workers = useQuery(workersQuery(org));
  const apps = useInfiniteQuery(appsQuery(org));
  const signIn = useQuery(signInQuery());
  const me = useQuery(meQuery());
  const members = useQuery(membersQuery(org));
  const operator = me.data?.person?.is_operator === true;
  const mail = useQuery({ ...mailSettingsQuery(), enabled: operator });
  useTitle('Setup checklist');

  const failed = [workers, apps, me].find((query) => query.isError && query.data === undefined);
  const waiting = [workers, apps, me].some((query) => query.isPending);
  const steps = stepsOf({
    workers: workers.data,
    apps: apps.data?.pages.flatMap((page) => page.items),
    signIn: signIn.data,
    mail: mail.data,
    me: me.data,
    members: members.data,
  });
  const { done, of } = progressOf(steps);
  const next = steps.find((step) => step.done === false);
  return (
    <div className="max-w-3xl">
      <PageHeader
        title="Setup checklist"
        meta={waiting || failed ? 'What a new installation needs.' : done === of ? 'All that is needed is there.' : `${done} of ${of} needed steps are done.`}
      />
      {failed ? (
        <ErrorNotice error={failed.error} onRetry={() => void failed.refetch()} />
      ) : (
        <div className="overflow-hidden rounded-xl border border-line bg-surface">
          {waiting ? (
            <div role="status" ref={holdBack} aria-label="Loading the checklist" className="divide-y divide-line">
              {[0, 1, 2, 3, 4].map((row) => (
                <div key={row} className="flex gap-3 px-4 py-4">
                  <Skeleton className="size-3.5 rounded-full" />
                  <Skeleton className="h-4 w-56" />
                </div>
              ))}
            </div>
          ) : (
            <ol aria-label="Steps" className="divide-y divide-line">
              {steps.map((step) => (
                <StepRow key={step.id} step={step} next={step === next} />
              ))}
            </ol>
          )}
        </div>
      )}
    </div>
  );
}

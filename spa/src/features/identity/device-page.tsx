import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';

import { request } from '@/api/client';
import { paths } from '@/api/paths';
import { ActionError } from '@/components/action-error';
import { Button } from '@/components/button';
import { Field } from '@/components/field';
import { holdBack } from '@/components/hold-back';
import { Fact, Facts, Panel } from '@/components/panel';
import { ErrorNotice, Skeleton } from '@/components/states';
import { TimeAgo } from '@/components/time-ago';
import { useAction } from '@/lib/use-action';
import { useTitle } from '@/lib/use-title';

interface DeviceRequest {
  client: string;
  address: string;
  asked_at: string;
  /** `prove`: it is signed in already and wants to know that its person is there. */
  purpose?: 'sign_in' | 'prove';
}

function EnterCode({ onCode }: { onCode: (code: string) => void }) {
  const [typed, setTyped] = useState('');
  return (
    <form
      className="max-w-sm space-y-4"
      onSubmit={(event) => {
        event.preventDefault();
        if (typed.trim()) onCode(typed.trim());
      }}
    >
      <Field
        label="Code"
        hint="The program that wants to sign in shows it, such as ABCD-EFGH."
        mono
        autoFocus
        value={typed}
        onChange={(event) => setTyped(event.target.value)}
      />
      <Button type="submit" look="primary" disabled={!typed.trim()}>
        Go on
      </Button>
    </form>
  );
}

function Decision({ code, onOther }: { code: string; onOther: () => void }) {
  const query = useQuery({
    queryKey: ['device', code],
    queryFn: ({ signal }) => request<DeviceRequest>(paths.deviceRequest(code), { signal }),
    staleTime: Infinity,
    retry: false,
  });
  const decide = useAction({
    run: (approve: boolean, idempotencyKey) =>
      request<DeviceRequest>(paths.deviceDecision, { method: 'POST', body: { user_code: code, approve }, idempotencyKey }),
  });
  if (query.isPending) {
    return (
      <div role="status" ref={holdBack} aria-label="Loading the request">
        <Skeleton className="h-40 w-full rounded-xl" />
      </div>
    );
  }
  if (query.isError) {
    return (
      <>
        <ErrorNotice error={query.error} onRetry={() => void query.refetch()} />
        <div className="text-center">
          <Button onClick={onOther}>Enter another code</Button>
        </div>
      </>
    );
  }
  const proof = query.data.purpose === 'prove';
  if (decide.isSuccess) {
    const done = proof ? `${query.data.client} goes on.` : `${query.data.client} is signed in as you.`;
    return (
      <p role="status">
        {decide.variables ? `${done} You can close this page.` : `${query.data.client} was refused. Nothing was given to it.`}
      </p>
    );
  }
  return (
    <Panel title={proof ? `Prove to ${query.data.client} that it is you?` : `Let ${query.data.client} sign in as you?`}>
      <Facts>
        <Fact term="Code">
          <code className="font-mono text-base font-medium">{code}</code>
        </Fact>
        <Fact term="Program">{query.data.client}</Fact>
        <Fact term="Asks from">{query.data.address}</Fact>
        <Fact term="Asked">
          <TimeAgo at={query.data.asked_at} />
        </Fact>
      </Facts>
      <div className="space-y-4 border-t border-line p-4">
        <p>
          Confirm only if you started this yourself just now and the code is the one your terminal shows.{' '}
          {proof
            ? 'For ten minutes it can then also show secrets and delete apps.'
            : 'It can then do everything that you can, until you sign it out.'}
        </p>
        <ActionError error={decide.error} onProved={() => decide.mutate(true)} />
        <div className="flex flex-wrap gap-2">
          <Button look="primary" busy={decide.isPending && decide.variables} disabled={decide.isPending} onClick={() => decide.mutate(true)}>
            Confirm
          </Button>
          <Button busy={decide.isPending && !decide.variables} disabled={decide.isPending} onClick={() => decide.mutate(false)}>
            Refuse
          </Button>
        </div>
      </div>
    </Panel>
  );
}

/** Confirms a `wh login`: what asks, from where, and whether it may. */
export function DevicePage({ code, onCode }: { code: string; onCode: (code: string) => void }) {
  useTitle('Sign in a program');
  return (
    <div className="mx-auto max-w-lg">
      <h1 className="mb-6 text-xl font-semibold tracking-tight">Sign in a program</h1>
      {code === '' ? <EnterCode onCode={onCode} /> : <Decision key={code} code={code} onOther={() => onCode('')} />}
    </div>
  );
}

import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';

import { ApiError, request, send } from '@/api/client';
import { paths } from '@/api/paths';
import { keys, meQuery, signInQuery } from '@/api/queries';
import { cn } from '@/lib/cn';
import { hereAsPath, leaveFor, providerName } from '@/lib/provider';
import { useAction } from '@/lib/use-action';

import { Button } from './button';
import { Field } from './field';
import { InlineError, Skeleton } from './states';

/** The server wants to know once more that it is them. */
export const wantsProof = (error: unknown) => error instanceof ApiError && error.code === 'reauthentication.required';

function CodeProof({ onProved }: { onProved: () => void }) {
  const [code, setCode] = useState('');
  const prove = useAction({
    run: (body: { code: string }, idempotencyKey) => send(paths.proof, { method: 'POST', body, idempotencyKey }),
    invalidates: () => [keys.me],
    onDone: onProved,
  });
  const submit = () => {
    if (code.trim()) prove.mutate({ code: code.trim() });
  };
  // Not a form: it stands in the one whose action is repeated, and forms do not nest.
  return (
    <div>
      <Field
        label="Code of your authenticator"
        autoComplete="one-time-code"
        mono
        value={code}
        onChange={(event) => setCode(event.target.value)}
        onKeyDown={(event) => {
          if (event.key !== 'Enter') return;
          event.preventDefault();
          submit();
        }}
      />
      {prove.isError && <InlineError error={prove.error} className="mt-3" />}
      <Button size="sm" className="mt-3" busy={prove.isPending} disabled={!code.trim()} onClick={submit}>
        Prove and go on
      </Button>
    </div>
  );
}

function ProviderProof({ name }: { name: string }) {
  const start = useAction({
    run: (_: null, idempotencyKey) =>
      request<{ location: string }>(paths.identityAction('start'), {
        method: 'POST',
        body: { purpose: 'prove', return_to: hereAsPath() },
        idempotencyKey,
      }),
    onDone: ({ location }) => leaveFor(location),
  });
  return (
    <div>
      <Button size="sm" busy={start.isPending} onClick={() => start.mutate(null)}>
        Sign in with {name} again
      </Button>
      <p className="mt-1.5 text-muted">You come back to this page; then do it once more.</p>
      {start.isError && <InlineError error={start.error} className="mt-3" />}
    </div>
  );
}

function Prove({ onProved }: { onProved: () => void }) {
  const me = useQuery(meQuery());
  const signIn = useQuery(signInQuery());
  if (me.isPending || signIn.isPending) return <Skeleton className="h-9 w-full" />;
  const ready = signIn.data?.ready === true;
  const totp = me.data?.totp_on === true;
  return (
    <div className="space-y-3">
      {totp && <CodeProof onProved={onProved} />}
      {ready && <ProviderProof name={providerName(signIn.data)} />}
      {!totp && !ready && (
        <p className="text-muted">
          You have no authenticator, and no sign-in provider is connected. Sign out, open a new setup link, then come back
          within ten minutes.
        </p>
      )}
    </div>
  );
}

/**
 * An error of an action, beside the button that caused it. Where the server wants a fresh proof of who it is, the means to
 * give one; `onProved` repeats the action.
 */
export function ActionError({ error, onProved, className }: { error: unknown; onProved: () => void; className?: string }) {
  if (!error) return null;
  if (!wantsProof(error)) return <InlineError error={error} {...(className ? { className } : {})} />;
  return (
    <section aria-label="Prove that it is you" className={cn('rounded-lg border border-line bg-sunken p-3', className)}>
      <p role="alert" className="mb-3 font-medium">
        Prove once more that it is you.
      </p>
      <Prove onProved={onProved} />
    </section>
  );
}

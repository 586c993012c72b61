import { useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';

import { ApiError, request } from '@/api/client';
import { paths } from '@/api/paths';
import { keys } from '@/api/queries';
import { Button, buttonClass } from '@/components/button';
import { CardPage } from '@/components/card-page';
import { Field } from '@/components/field';
import { InlineError } from '@/components/states';
import { useAction } from '@/lib/use-action';
import { useTitle } from '@/lib/use-title';

/** A path of this dashboard, or "/". */
const ownPath = (path: string) => (/^\/(?![/\\])/.test(path) ? path : '/');

/** The second step of a sign-in: a code of the authenticator, or a recovery code. */
export function CodePage({ onDone }: { onDone: (returnTo: string) => void }) {
  const [code, setCode] = useState('');
  const queryClient = useQueryClient();
  const enter = useAction({
    run: (body: { code: string }, idempotencyKey) =>
      request<{ return_to: string }>(paths.signInCode, { method: 'POST', body, idempotencyKey }),
    onDone: ({ return_to }) => {
      // The gate asks again who is signed in.
      queryClient.removeQueries({ queryKey: keys.session });
      onDone(ownPath(return_to));
    },
  });
  useTitle('Enter your code');

  if (enter.error instanceof ApiError && enter.error.code === 'sign_in.over') {
    return (
      <CardPage title="This sign-in took too long">
        <p role="alert">{enter.error.message}</p>
        <a href="/sign-in" className={buttonClass('primary')}>
          Sign in again
        </a>
      </CardPage>
    );
  }
  return (
    <CardPage title="Enter your code">
      <p>Your account has an authenticator. Type the six digits that it shows, or one of your recovery codes.</p>
      <form
        className="space-y-4"
        onSubmit={(event) => {
          event.preventDefault();
          if (code.trim()) enter.mutate({ code: code.trim() });
        }}
      >
        <Field
          label="Code"
          autoComplete="one-time-code"
          mono
          autoFocus
          value={code}
          onChange={(event) => setCode(event.target.value)}
        />
        <InlineError error={enter.error} />
        <Button type="submit" look="primary" busy={enter.isPending} disabled={!code.trim()}>
          Go on
        </Button>
      </form>
      <p className="text-[0.8125rem]">Lost both? The operator of this installation can help.</p>
    </CardPage>
  );
}

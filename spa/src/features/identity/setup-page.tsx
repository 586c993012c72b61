import { useMutation, useQueryClient } from '@tanstack/react-query';
import { LoaderCircle } from 'lucide-react';
import { useEffect } from 'react';

import { ApiError, request } from '@/api/client';
import { paths } from '@/api/paths';
import { keys } from '@/api/queries';
import type { Session } from '@/api/types';
import { Button } from '@/components/button';
import { CardPage } from '@/components/card-page';
import { useHashToken } from '@/lib/use-hash-token';
import { useTitle } from '@/lib/use-title';

import { LinkHelp } from './link-help';

function Working() {
  return (
    <p role="status" className="flex items-center gap-2.5">
      <LoaderCircle aria-hidden className="size-4 animate-breathe" />
      Checking the setup link…
    </p>
  );
}

/** Signs in with the setup link's token. `onDone` leaves the page. */
export function SetupPage({ onDone }: { onDone: () => void }) {
  const token = useHashToken();
  const queryClient = useQueryClient();
  const { mutate, error, isError, isSuccess } = useMutation({
    mutationFn: (value: string) => request<Session>(paths.setup, { method: 'POST', body: { token: value } }),
    onSuccess: (session) => {
      queryClient.setQueryData(keys.session, session);
      onDone();
    },
  });

  useTitle('Set up');
  useEffect(() => {
    if (token) mutate(token);
  }, [token, mutate]);

  if (token === '') {
    return (
      <CardPage title="This page needs a setup link">
        <p>The link carries a token behind a “#”, and this address has none.</p>
        <LinkHelp />
      </CardPage>
    );
  }
  if (isError) {
    if (error instanceof ApiError && error.outcomeUnknown) {
      return (
        <CardPage title="The control plane did not answer">
          <p role="alert">{error.message}</p>
          <Button look="primary" onClick={() => token && mutate(token)}>
            Try again
          </Button>
        </CardPage>
      );
    }
    return (
      <CardPage title="This link no longer works">
        <p role="alert">It has expired or was used before. {error.message}</p>
        <LinkHelp />
      </CardPage>
    );
  }
  return (
    <CardPage title={isSuccess ? 'You are signed in' : 'Signing you in'}>
      <Working />
    </CardPage>
  );
}

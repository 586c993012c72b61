import { useMutation, useQueryClient } from '@tanstack/react-query';
import { LoaderCircle } from 'lucide-react';
import { useEffect, useState } from 'react';

import { ApiError, request } from '@/api/client';
import { paths } from '@/api/paths';
import { keys } from '@/api/queries';
import type { Session } from '@/api/types';
import { Button } from '@/components/button';
import { useTitle } from '@/lib/use-title';

import { CardPage } from './card-page';
import { LinkHelp } from './link-help';

/** Takes the token out of the address bar, so that neither the history nor a screenshot keeps it. */
function takeToken(): string {
  const token = window.location.hash.replace(/^#/, '');
  if (token) window.history.replaceState(window.history.state, '', window.location.pathname);
  return token;
}

/** The token of the link; "" where the link had none. A second link pasted into the same tab changes the hash only. */
function useSetupToken(): string | undefined {
  const [token, setToken] = useState<string>();
  useEffect(() => {
    const take = () => {
      const taken = takeToken();
      setToken((before) => taken || (before ?? ''));
    };
    take();
    window.addEventListener('hashchange', take);
    return () => window.removeEventListener('hashchange', take);
  }, []);
  return token;
}

function Working() {
  return (
    <p role="status" className="flex items-center gap-2.5">
      <LoaderCircle aria-hidden className="size-4 animate-spin-slow" />
      Checking the setup link…
    </p>
  );
}

/** Signs in with the setup link's token. `onDone` leaves the page. */
export function SetupPage({ onDone }: { onDone: () => void }) {
  const token = useSetupToken();
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

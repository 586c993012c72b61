import { useQuery } from '@tanstack/react-query';

import { request } from '@/api/client';
import { paths } from '@/api/paths';
import { keys, sessionQuery, signInQuery } from '@/api/queries';
import type { Organization } from '@/api/types';
import { Button, buttonClass } from '@/components/button';
import { CardPage } from '@/components/card-page';
import { InlineError, Skeleton } from '@/components/states';
import { formatUtc } from '@/lib/format';
import { roleText } from '@/lib/permissions';
import { providerName } from '@/lib/provider';
import { useAction } from '@/lib/use-action';
import { useTitle } from '@/lib/use-title';

import type { Offer } from './api';

function SignInFirst({ onLeave }: { onLeave: () => void }) {
  const signIn = useQuery(signInQuery());
  if (signIn.isPending) return <Skeleton className="h-9 w-full" />;
  if (!signIn.data?.ready) {
    return <p>To accept it you have to be signed in, and no sign-in provider is connected here. Ask the operator of this installation.</p>;
  }
  return (
    <>
      <p>Sign in to accept it; you come back to this page.</p>
      <a href={paths.signInStart('/invitation')} onClick={onLeave} className={`${buttonClass('primary')} w-full`}>
        Sign in with {providerName(signIn.data)}
      </a>
    </>
  );
}

function Accept({ token, name, onJoined }: { token: string; name: string; onJoined: (joined: Organization) => void }) {
  const accept = useAction({
    run: (_: null, idempotencyKey) =>
      request<Organization>(paths.invitationAccept, { method: 'POST', body: { token }, idempotencyKey }),
    invalidates: () => [keys.orgs, keys.session],
    onDone: onJoined,
  });
  return (
    <>
      <p>You are signed in as {name}.</p>
      <InlineError error={accept.error} />
      <Button look="primary" busy={accept.isPending} onClick={() => accept.mutate(null)}>
        Accept
      </Button>
    </>
  );
}

interface InvitationProps {
  token: string | undefined;
  /** Somebody leaves for the provider: the token has to be there when they come back. */
  onLeave: () => void;
  onJoined: (joined: Organization) => void;
}

/** What an invitation's link offers, and accepting it. */
export function InvitationPage({ token, onLeave, onJoined }: InvitationProps) {
  const session = useQuery(sessionQuery());
  const offer = useQuery({
    queryKey: ['invitation', token],
    queryFn: ({ signal }) => request<Offer>(paths.invitationLook, { method: 'POST', body: { token }, signal }),
    enabled: Boolean(token),
    staleTime: Infinity,
    retry: false,
  });
  useTitle('Invitation');

  if (token === '') {
    return (
      <CardPage title="This page needs an invitation link">
        <p>The link carries a token behind a “#”, and this address has none.</p>
      </CardPage>
    );
  }
  if (offer.isError) {
    return (
      <CardPage title="This invitation does not work">
        <p role="alert">{offer.error.message}</p>
        <p>It works once, for seven days. Ask for another one.</p>
      </CardPage>
    );
  }
  if (!offer.data || session.isPending) {
    return (
      <CardPage title="Invitation">
        <p role="status">Looking at the invitation…</p>
      </CardPage>
    );
  }
  return (
    <CardPage title={`Join ${offer.data.organization}`}>
      <p>
        {offer.data.invited_by} invites you as {offer.data.role}. {roleText(offer.data.role)}. The invitation is good until{' '}
        {formatUtc(offer.data.expires_at)}.
      </p>
      {session.data && token ? (
        <Accept token={token} name={session.data.person.name} onJoined={onJoined} />
      ) : (
        <SignInFirst onLeave={onLeave} />
      )}
    </CardPage>
  );
}

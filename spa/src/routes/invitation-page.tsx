import { useQueryClient } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { useState } from 'react';

import { InvitationPage as Invitation } from '@/features/organizations/invitation-page';
import { chooseOrganization } from '@/lib/organization';
import { useHashToken } from '@/lib/use-hash-token';

/** Where the token waits while somebody signs in; the tab forgets it when it is closed. */
const storageKey = 'wh.invitation';

function kept(): string {
  try {
    return sessionStorage.getItem(storageKey) ?? '';
  } catch {
    return '';
  }
}

function keep(token: string | null): void {
  try {
    if (token === null) sessionStorage.removeItem(storageKey);
    else sessionStorage.setItem(storageKey, token);
  } catch {
    // Storage is blocked: after the sign-in the link has to be opened again.
  }
}

export function InvitationPage() {
  const [before] = useState(kept);
  const fromHash = useHashToken();
  const token = fromHash === '' ? before : fromHash;
  const navigate = useNavigate();
  const queryClient = useQueryClient();
  return (
    <Invitation
      token={token}
      onLeave={() => keep(token ?? '')}
      onJoined={(joined) => {
        keep(null);
        chooseOrganization(joined.slug);
        queryClient.removeQueries();
        void navigate({ to: '/', replace: true });
      }}
    />
  );
}

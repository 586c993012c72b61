import { createContext, useContext } from 'react';

import type { Session } from '@/api/types';

export const SessionContext = createContext<Session | null>(null);

/** The signed-in session; only beneath the gate that checked it. */
export function useSession(): Session {
  const session = useContext(SessionContext);
  if (!session) throw new Error('useSession needs a signed-in session');
  return session;
}

/** The organization that all paths of the API name. */
export const useOrg = () => useSession().organization.slug;

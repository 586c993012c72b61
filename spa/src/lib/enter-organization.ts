import { useQueryClient } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';

import { keys } from '@/api/queries';

import { chooseOrganization } from './organization';

/** Shows another organization's pages (null: the one that the session names); nothing of the one before stays in memory. */
export function useEnterOrganization() {
  const queryClient = useQueryClient();
  const navigate = useNavigate();
  return (slug: string | null) => {
    void navigate({ to: '/' }).then(() => {
      queryClient.removeQueries({ predicate: ({ queryKey }) => queryKey[0] !== keys.session[0] });
      chooseOrganization(slug);
    });
  };
}

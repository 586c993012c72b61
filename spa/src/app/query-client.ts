import { MutationCache, QueryCache, QueryClient } from '@tanstack/react-query';

import { ApiError } from '@/api/client';
import { keys } from '@/api/queries';

/** Retrying helps only where no answer came or the server said "later". */
function shouldRetry(failures: number, error: Error): boolean {
  if (!(error instanceof ApiError)) return false;
  if (error.status === 0 || error.status === 502 || error.status === 503 || error.status === 504) return failures < 3;
  return error.status >= 500 && failures < 1;
}

export function createQueryClient(): QueryClient {
  // A refused session ends it everywhere at once: the gate shows the signed-out page.
  const onError = (error: Error) => {
    if (error instanceof ApiError && error.status === 401) client.setQueryData(keys.session, null);
  };
  const client: QueryClient = new QueryClient({
    queryCache: new QueryCache({ onError }),
    mutationCache: new MutationCache({ onError }),
    defaultOptions: {
      queries: {
        retry: shouldRetry,
        // The feed says when something changed, so nothing has to be asked again before.
        staleTime: 30_000,
        refetchOnWindowFocus: true,
        networkMode: 'always',
      },
      mutations: { retry: false, networkMode: 'always' },
    },
  });
  return client;
}

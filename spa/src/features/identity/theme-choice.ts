import { useQueryClient } from '@tanstack/react-query';

import { send } from '@/api/client';
import { paths } from '@/api/paths';
import { keys } from '@/api/queries';
import type { Session } from '@/api/types';
import { setTheme, type Theme } from '@/lib/theme';
import { toast } from '@/lib/toast';

/** Sets the theme here at once, and for all browsers of the person. */
export function useThemeChoice() {
  const queryClient = useQueryClient();
  return async (theme: Theme) => {
    setTheme(theme);
    try {
      await send(paths.me, { method: 'PATCH', body: { theme } });
      queryClient.setQueryData<Session | null>(keys.session, (session) => session && { ...session, theme });
    } catch (error) {
      toast.error('The theme could not be saved', error instanceof Error ? error.message : undefined);
    }
  };
}

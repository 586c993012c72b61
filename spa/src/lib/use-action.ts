import { useMutation, useQueryClient, type QueryKey } from '@tanstack/react-query';
import { useRef } from 'react';

import { ApiError, newIdempotencyKey } from '@/api/client';

interface Attempt {
  of: string;
  key: string;
}

interface Action<Input, Output> {
  run: (input: Input, idempotencyKey: string) => Promise<Output>;
  /** What the write changes; refetched once it has been accepted. The feed does the same for other people's changes. */
  invalidates?: (input: Input) => QueryKey[];
  onDone?: (output: Output, input: Input) => void;
}

/** A write. A repeat of the same input whose outcome is unknown carries the same idempotency key, so it happens once. */
export function useAction<Input, Output>(action: Action<Input, Output>) {
  const queryClient = useQueryClient();
  const attempt = useRef<Attempt | null>(null);

  return useMutation<Output, Error, Input>({
    mutationFn: async (input) => {
      const of = JSON.stringify({ input });
      if (attempt.current?.of !== of) attempt.current = { of, key: newIdempotencyKey() };
      try {
        const output = await action.run(input, attempt.current.key);
        attempt.current = null;
        return output;
      } catch (error) {
        if (error instanceof ApiError && !error.outcomeUnknown) attempt.current = null;
        throw error;
      }
    },
    onSuccess: (output, input) => {
      for (const queryKey of action.invalidates?.(input) ?? []) void queryClient.invalidateQueries({ queryKey });
      action.onDone?.(output, input);
    },
  });
}

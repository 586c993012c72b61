import type { QueryKey } from '@tanstack/react-query';
import { useState } from 'react';

import { send } from '@/api/client';
import { toast } from '@/lib/toast';
import { useAction } from '@/lib/use-action';

import { Button } from './button';
import { ConfirmDialog } from './confirm-dialog';

interface RevokeButtonProps {
  /** The credential's name. */
  name: string;
  path: string;
  invalidates: QueryKey;
  /** What happens then. */
  effect: string;
  /** That it happened. */
  done: string;
}

/** Ends a credential, after asking. */
export function RevokeButton({ name, path, invalidates, effect, done }: RevokeButtonProps) {
  const [asking, setAsking] = useState(false);
  const close = () => setAsking(false);
  const revoke = useAction({
    run: (_: null, idempotencyKey) => send(path, { method: 'DELETE', idempotencyKey }),
    invalidates: () => [invalidates],
    onDone: () => {
      close();
      toast.done(done);
    },
  });
  return (
    <>
      <Button
        size="sm"
        aria-label={`Revoke ${name}`}
        onClick={() => {
          revoke.reset();
          setAsking(true);
        }}
      >
        Revoke
      </Button>
      <ConfirmDialog
        open={asking}
        onClose={close}
        title={`Revoke ${name}?`}
        action="Revoke"
        busy={revoke.isPending}
        error={revoke.error}
        onConfirm={() => revoke.mutate(null)}
      >
        <p>{effect}</p>
      </ConfirmDialog>
    </>
  );
}

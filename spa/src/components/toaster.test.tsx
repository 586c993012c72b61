import { render, screen } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { expect, it, vi } from 'vitest';

import { toast } from '@/lib/toast';

import { Toaster } from './toaster';

it('takes back what was done, once', async () => {
  const undo = vi.fn();
  render(<Toaster />);

  toast.undo('hello was deleted', 'For 24 hours it can be brought back.', undo);
  await userEvent.click(await screen.findByRole('button', { name: 'Undo' }));

  expect(undo).toHaveBeenCalledOnce();
  expect(screen.queryByText('hello was deleted')).toBeNull();
});

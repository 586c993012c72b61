import { render, screen } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { expect, it, vi } from 'vitest';

import { Form } from './form';

it('is sent from a field of several lines by Ctrl and Enter, once', async () => {
  const sent = vi.fn();
  render(
    <Form onSubmit={sent}>
      <textarea aria-label="Value" />
    </Form>,
  );
  await userEvent.type(screen.getByRole('textbox', { name: 'Value' }), 'one{Enter}two');
  expect(sent).not.toHaveBeenCalled();

  await userEvent.keyboard('{Control>}{Enter}{/Control}');

  expect(sent).toHaveBeenCalledOnce();
});

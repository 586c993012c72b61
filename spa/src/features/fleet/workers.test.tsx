import { screen } from '@testing-library/react';
import { describe, expect, it } from 'vitest';

import { paths } from '@/api/paths';
import { renderApp } from '@/test/render-app';
import { get, page, server } from '@/test/server';

const me = (operator: boolean) => ({
  person: { id: 'person-1', name: 'Ann', email: null, is_operator: operator, disabled: false },
});

describe('workers', () => {
  it.each([
    [true, 'by whoever runs the installation'],
    [false, 'by nobody else, an owner of an organization included'],
  ])('are added (operator: %s) %s', async (operator) => {
    server.use(get(paths.workers('home'), () => page([])), get(paths.me, () => me(operator)));
    renderApp('/workers');

    const add = await screen.findByRole<HTMLButtonElement>('button', { name: 'Add worker' });
    await expect.poll(() => add.disabled).toBe(!operator);
    if (!operator) expect(add.title).toBe('Only whoever runs this installation adds workers.');
  });
});

import { render } from '@testing-library/react';
import { expect, it } from 'vitest';

import { holdBack } from './hold-back';

const Page = ({ first, second }: { first: boolean; second: boolean }) => (
  <div className="in-order">
    <h1>Title</h1>
    <div data-testid="part">
      <p className="in-order">{first && <span ref={holdBack} />}</p>
      {second && <span ref={holdBack} />}
    </div>
    <p>Below</p>
  </div>
);

it('marks the part of each container that shows its parts in order, until the last shape in it is gone', () => {
  const { getByTestId, container, rerender } = render(<Page first second />);
  const loads = () => getByTestId('part').dataset['loads'];

  expect(loads()).toBe('2');
  expect(container.querySelectorAll('[data-loads]')).toHaveLength(2);
  rerender(<Page first={false} second />);
  expect(loads()).toBe('1');
  rerender(<Page first={false} second={false} />);
  expect(container.querySelectorAll('[data-loads]')).toHaveLength(0);
});

import { render, screen, waitFor, within } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { describe, expect, it, vi } from 'vitest';

import { axeFindings } from '@/test/axe';

import { DataTable } from './data-table';
import type { Column } from './table-row';

interface Item {
  id: string;
  state: string;
}

const items = (count: number): Item[] => Array.from({ length: count }, (_, n) => ({ id: `app-${n}`, state: 'live' }));
const columns: Column<Item>[] = [
  { id: 'name', head: 'Name', cell: ({ id }) => <a href={`#${id}`}>{id}</a> },
  { id: 'state', head: 'State', className: 'w-28', cell: ({ state }) => state },
];
const rowKey = ({ id }: Item) => id;

describe('table', () => {
  it('says how many rows it has and where each is', async () => {
    render(
      <main>
        <h1>Apps</h1>
        <DataTable label="Apps" columns={columns} rows={items(3)} rowKey={rowKey} />
      </main>,
    );

    const table = screen.getByRole('table', { name: 'Apps' });
    expect(table.getAttribute('aria-rowcount')).toBe('4');
    expect(within(table).getAllByRole('columnheader').map((head) => head.textContent)).toEqual(['Name', 'State']);
    expect(within(table).getAllByRole('row').map((row) => row.getAttribute('aria-rowindex'))).toEqual(['1', '2', '3', '4']);
    expect(await axeFindings()).toEqual([]);
  });

  it('goes from row to row with the arrow keys', async () => {
    render(<DataTable label="Apps" columns={columns} rows={items(3)} rowKey={rowKey} />);
    screen.getByRole('link', { name: 'app-0' }).focus();

    await userEvent.keyboard('{ArrowDown}');
    expect(document.activeElement?.textContent).toBe('app-1');
    await userEvent.keyboard('{End}');
    expect(document.activeElement?.textContent).toBe('app-2');
    await userEvent.keyboard('{ArrowDown}');
    expect(document.activeElement?.textContent).toBe('app-2');
    await userEvent.keyboard('{Home}{ArrowUp}');
    expect(document.activeElement?.textContent).toBe('app-0');
  });

  it('draws of 10,000 rows only those on the screen', async () => {
    render(<DataTable label="Apps" columns={columns} rows={items(10_000)} rowKey={rowKey} />);

    const table = screen.getByRole('table', { name: 'Apps' });
    expect(table.getAttribute('aria-rowcount')).toBe('10001');
    // What draws long tables is loaded with the first of them.
    await waitFor(() => expect(within(table).getAllByRole('row').length).toBeGreaterThan(5), { timeout: 15_000 });
    expect(within(table).getAllByRole('row').length).toBeLessThan(100);
  });

  it('asks for more where there is more, and says that the count is not known', async () => {
    const load = vi.fn();
    render(<DataTable label="Apps" columns={columns} rows={items(2)} rowKey={rowKey} more={{ busy: false, load }} />);

    expect(screen.getByRole('table').getAttribute('aria-rowcount')).toBe('-1');
    await userEvent.click(screen.getByRole('button', { name: 'Show more' }));

    expect(load).toHaveBeenCalledOnce();
  });
});

import { lazy, Suspense, useRef, type KeyboardEvent, type ReactNode } from 'react';

import { cn } from '@/lib/cn';

import { Button } from './button';
import { cellClass, flexible, TableRow, usualHeight, type DataTableProps, type ShowRef } from './table-row';

/** Up to so many rows are simply there; beyond, only those on the screen are. */
const simpleUpTo = 60;

/** Arrow keys, Home and End go from row to row, by the first thing in each that takes the focus. */
function useRowKeys(count: number, show: ShowRef) {
  return (event: KeyboardEvent<HTMLDivElement>) => {
    const at = event.target instanceof HTMLElement ? event.target.closest<HTMLElement>('[data-index]') : null;
    if (!at) return;
    const from = Number(at.dataset['index']);
    const steps: Record<string, number> = { ArrowDown: from + 1, ArrowUp: from - 1, Home: 0, End: count - 1 };
    const to = steps[event.key];
    if (to === undefined || to < 0 || to >= count) return;
    event.preventDefault();
    const table = event.currentTarget;
    const focus = () => table.querySelector<HTMLElement>(`[data-index="${to}"] :is(a, button)`)?.focus();
    show.current?.(to);
    focus();
    // A row that was not drawn yet is there after the scroll.
    if (!table.querySelector(`[data-index="${to}"]`)) requestAnimationFrame(() => requestAnimationFrame(focus));
  };
}

// What draws long tables is fetched with the first long one. `lazy` forgets the type of the rows; DataTable gives it back.
const VirtualRows = lazy(async () => ({ default: (await import('./virtual-rows')).VirtualRows })) as unknown as <Row>(
  props: DataTableProps<Row> & { show: ShowRef },
) => ReactNode;

/** A table across the whole width. Of many rows only those on the screen are drawn; the page itself scrolls. */
export function DataTable<Row>(props: DataTableProps<Row>) {
  const { label, columns, rows, rowKey, more } = props;
  const show = useRef<((index: number) => void) | null>(null);
  const onKeyDown = useRowKeys(rows.length, show);
  return (
    <div className="rounded-xl border border-line bg-surface">
      <div role="table" aria-label={label} aria-rowcount={more ? -1 : rows.length + 1} onKeyDown={onKeyDown}>
        <div role="rowgroup">
          <div role="row" aria-rowindex={1} className="flex h-8 items-center text-xs text-muted">
            {columns.map((column) => (
              <div key={column.id} role="columnheader" className={cn(cellClass, 'truncate', flexible(column.className), column.className)}>
                {column.head}
              </div>
            ))}
          </div>
        </div>
        {rows.length > simpleUpTo ? (
          <Suspense fallback={<div role="rowgroup" style={{ height: rows.length * (props.rowHeight ?? usualHeight) }} />}>
            <VirtualRows {...props} show={show} />
          </Suspense>
        ) : (
          <div role="rowgroup">
            {rows.map((row, index) => (
              <TableRow key={rowKey(row)} columns={columns} row={row} index={index} height={props.even ? props.rowHeight : undefined} />
            ))}
          </div>
        )}
      </div>
      {more && (
        <div className="border-t border-line p-2 text-center">
          <Button size="sm" look="quiet" busy={more.busy} onClick={more.load}>
            Show more
          </Button>
        </div>
      )}
    </div>
  );
}

import { lazy, memo, Suspense, useRef, type KeyboardEvent, type ReactNode, type Ref } from 'react';

import { cn } from '@/lib/cn';

import { Button } from './button';

export interface Column<Row> {
  id: string;
  head: string;
  /** Its width and where it is hidden: "w-28 max-sm:hidden". Without a width it takes what is left. */
  className?: string;
  cell: (row: Row) => ReactNode;
}

export interface DataTableProps<Row> {
  /** The accessible name of the table. */
  label: string;
  columns: readonly Column<Row>[];
  rows: readonly Row[];
  rowKey: (row: Row) => string;
  /** The usual height of a row in px; rows that differ are measured. */
  rowHeight?: number;
  /** All rows have that height, which spares measuring each while thousands are scrolled through. */
  even?: boolean;
  /** There are more rows behind these. */
  more?: { busy: boolean; load: () => void } | undefined;
}

/** Up to so many rows are simply there; beyond, only those on the screen are. */
const simpleUpTo = 60;

/** px */
export const usualHeight = 44;

const cellClass = 'min-w-0 px-2 first:pl-4 last:pr-4';
const flexible = (className: string | undefined) => (className && /(?:^|\s)w-/.test(className) ? 'shrink-0' : 'flex-1 basis-0');

interface RowProps<Row> extends Pick<DataTableProps<Row>, 'columns'> {
  row: Row;
  index: number;
  ref?: Ref<HTMLDivElement> | undefined;
  top?: number;
  height?: number | undefined;
}

function TableRowOf<Row>({ columns, row, index, ref, top, height }: RowProps<Row>) {
  return (
    <div
      ref={ref}
      role="row"
      aria-rowindex={index + 2}
      data-index={index}
      className={cn(
        'flex min-h-10 items-center border-t border-line py-1.5 focus-within:bg-hover hover:bg-hover',
        top === undefined ? 'relative' : 'absolute inset-x-0 top-0',
        height !== undefined && '[contain:size_layout_style]',
      )}
      style={top === undefined ? { height } : { height, transform: `translateY(${top}px)` }}
    >
      {columns.map((column) => (
        <div key={column.id} role="cell" className={cn(cellClass, flexible(column.className), column.className)}>
          {column.cell(row)}
        </div>
      ))}
    </div>
  );
}

/** One row; drawn again only when it changes, however the page is scrolled. `memo` forgets the type of the row. */
export const TableRow = memo(TableRowOf) as typeof TableRowOf;

export type ShowRef = React.RefObject<((index: number) => void) | null>;

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

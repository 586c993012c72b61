import { memo, type ReactNode, type Ref, type RefObject } from 'react';

import { cn } from '@/lib/cn';

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

/** px */
export const usualHeight = 44;

export const cellClass = 'min-w-0 px-2 first:pl-4 last:pr-4';
export const flexible = (className: string | undefined) => (className && /(?:^|\s)w-/.test(className) ? 'shrink-0' : 'flex-1 basis-0');

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

export type ShowRef = RefObject<((index: number) => void) | null>;

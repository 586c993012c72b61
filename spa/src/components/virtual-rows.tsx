import { useWindowVirtualizer } from '@tanstack/react-virtual';
import { useCallback, useImperativeHandle, useLayoutEffect, useRef, useState } from 'react';

import { TableRow, usualHeight, type DataTableProps, type ShowRef } from './table-row';

/** The rows of a long table: those on the screen, and a few beyond. */
export function VirtualRows<Row>({ columns, rows, rowKey, rowHeight = usualHeight, even = false, show }: DataTableProps<Row> & { show: ShowRef }) {
  const body = useRef<HTMLDivElement>(null);
  const [margin, setMargin] = useState(0);
  useLayoutEffect(() => {
    const measure = () => {
      if (body.current) setMargin(Math.round(body.current.getBoundingClientRect().top + window.scrollY));
    };
    measure();
    // What stands above the table may grow, and the page with it.
    const observer = new ResizeObserver(measure);
    observer.observe(document.body);
    return () => observer.disconnect();
  }, []);
  // A new function would have the places of all rows worked out anew with each step of the scroll.
  const keyOf = useCallback(
    (index: number) => {
      const row = rows[index];
      return row === undefined ? index : rowKey(row);
    },
    [rows, rowKey],
  );
  const virtualizer = useWindowVirtualizer({
    count: rows.length,
    estimateSize: () => rowHeight,
    overscan: 12,
    // Rows beyond the screen are there already: what comes next may take its turn.
    useFlushSync: false,
    scrollMargin: margin,
    // Where nothing is laid out, rows keep their usual height.
    measureElement: (element) => element.getBoundingClientRect().height || rowHeight,
    getItemKey: keyOf,
  });
  useImperativeHandle(show, () => (index: number) => virtualizer.scrollToIndex(index, { align: 'auto' }), [virtualizer]);
  return (
    <div ref={body} role="rowgroup" className="relative" style={{ height: virtualizer.getTotalSize() }}>
      {virtualizer.getVirtualItems().map(({ index, key, start }) => {
        const row = rows[index];
        return row === undefined ? null : (
          <TableRow
            key={key}
            ref={even ? undefined : virtualizer.measureElement}
            columns={columns}
            row={row}
            index={index}
            top={start - margin}
            height={even ? rowHeight : undefined}
          />
        );
      })}
    </div>
  );
}

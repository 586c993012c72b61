/** Which lines of a long log are drawn. Pure, so that it can be tested without a layout. */
export interface Window {
  first: number;
  /** One past the last. */
  last: number;
  /** Rows above `first`. */
  rowsBefore: number;
  totalRows: number;
}

/** Rows of text above each line and, at the end, in total. `columns` null: no wrapping, each line is one row. */
export function rowOffsets(lines: readonly { columns: number }[], columns: number | null): Uint32Array | null {
  if (columns === null) return null;
  const offsets = new Uint32Array(lines.length + 1);
  const width = Math.max(1, columns);
  lines.forEach((line, index) => {
    offsets[index + 1] = (offsets[index] ?? 0) + Math.max(1, Math.ceil(line.columns / width));
  });
  return offsets;
}

/** The last index whose offset is at most `row`. */
function lineAt(offsets: Uint32Array, row: number): number {
  let low = 0;
  let high = offsets.length - 1;
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if ((offsets[middle] ?? 0) <= row) low = middle;
    else high = middle - 1;
  }
  return low;
}

/** The lines that cover rows `top` to `bottom`, and `overscan` more on each side. */
export function visibleWindow(
  count: number,
  offsets: Uint32Array | null,
  top: number,
  bottom: number,
  overscan: number,
): Window {
  const at = (row: number) => (offsets ? lineAt(offsets, row) : Math.floor(row));
  const first = Math.max(0, Math.min(at(Math.max(0, top)), count) - overscan);
  const last = Math.min(count, at(Math.max(0, bottom)) + 1 + overscan);
  return {
    first,
    last,
    rowsBefore: offsets ? (offsets[first] ?? 0) : first,
    totalRows: offsets ? (offsets[count] ?? 0) : count,
  };
}

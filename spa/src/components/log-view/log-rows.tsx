import { LogLine, type LineLook } from './log-line';
import type { LogLines } from './use-log-lines';
import type { useLogScroll } from './use-log-scroll';

interface LogRowsProps {
  log: LogLines;
  scroll: Pick<ReturnType<typeof useLogScroll>, 'shown' | 'rowHeight' | 'rowsOf'>;
  look: LineLook;
  marked: number | null;
  isHeading: ((text: string) => boolean) | undefined;
  /** Columns of the widest line, where lines do not wrap. */
  columns: number | null;
}

/** The lines on the screen, in the height of all. */
export function LogRows({ log, scroll, look, marked, isHeading, columns }: LogRowsProps) {
  const { shown, rowHeight } = scroll;
  return (
    <div
      className="min-w-full"
      style={{ height: shown.totalRows * rowHeight, ...(columns === null ? {} : { width: `calc(${columns}ch + 6rem)` }) }}
    >
      <div style={{ transform: `translateY(${shown.rowsBefore * rowHeight}px)` }}>
        {log.lines.slice(shown.first, shown.last).map((line, index) => (
          <LogLine
            key={line.number}
            line={line}
            look={look}
            height={scroll.rowsOf(shown.first + index) * rowHeight}
            marked={line.number === marked}
            hidden={isHeading?.(line.raw) ? (log.hidden.get(line.number) ?? null) : undefined}
          />
        ))}
      </div>
    </div>
  );
}

/** As wide as a hundred characters, with what stands before a line: what the columns are measured by. */
export function Ruler({ ref }: { ref: React.Ref<HTMLSpanElement> }) {
  return (
    <div className="invisible h-0 overflow-hidden pr-2 pl-2.5 sm:pl-14.5" aria-hidden>
      <div className="overflow-hidden">
        <span ref={ref} className="whitespace-pre">
          {'0'.repeat(100)}
        </span>
      </div>
    </div>
  );
}

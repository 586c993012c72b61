import { useLayoutEffect, useMemo, useRef, useState, type KeyboardEvent, type PointerEvent, type ReactNode } from 'react';

import { clock, linePath, momentsOf, pointAt, timeTicks, valueAxis, type Series } from './scale';

/** A moment that a chart points out, such as a deployment. `link` leads to it. */
export interface Marker {
  id: string;
  at: number;
  label: string;
  link: (className: string, label: ReactNode) => ReactNode;
}

interface TimeSeriesProps {
  /** What is measured: "Requests". */
  label: string;
  series: readonly Series[];
  /** A value with its unit: "12 a second". */
  format: (value: number) => string;
  from: number;
  to: number;
  markers?: readonly Marker[];
  /** The axis reaches at least so far, so that noise does not look like a storm. */
  least?: number;
  /** How far a point counts beyond its moment, in ms. */
  holds?: number;
  height?: number;
}

// Colours alone tell nothing: each line has a dash of its own too.
const strokes = ['stroke-chart-1', 'stroke-chart-2', 'stroke-chart-3', 'stroke-chart-4', 'stroke-chart-5', 'stroke-chart-6'];
const dashes = [undefined, '6 3', '2 3', '9 3 2 3', '4 4', '1 4'];
const look = (index: number) => ({ stroke: strokes[index % strokes.length], dash: dashes[index % dashes.length] });

const left = 56;
const right = 10;
const top = 18;
const bottom = 20;

/** The width of an element as it changes. */
function useWidth(): [ref: (element: HTMLElement | null) => void, width: number] {
  const [element, setElement] = useState<HTMLElement | null>(null);
  const [width, setWidth] = useState(640);
  // Before the first paint: a chart that is drawn too wide, and at once anew, jumps.
  useLayoutEffect(() => {
    if (!element || typeof ResizeObserver === 'undefined') return undefined;
    const measure = () => {
      const measured = Math.round(element.clientWidth);
      if (measured > 0) setWidth(measured);
    };
    measure();
    const observer = new ResizeObserver(measure);
    observer.observe(element);
    return () => observer.disconnect();
  }, [element]);
  return [setElement, width];
}

function Swatch({ index }: { index: number }) {
  const { stroke, dash } = look(index);
  return (
    <svg aria-hidden width="18" height="6" className="shrink-0">
      <line x1="0" x2="18" y1="3" y2="3" strokeWidth="2" strokeDasharray={dash} className={stroke} />
    </svg>
  );
}

/** The values at one moment, or now, beside the names of the lines. */
function Legend({ series, format, at, holds }: Pick<TimeSeriesProps, 'series' | 'format'> & { at: number; holds: number }) {
  return (
    <ul className="flex flex-wrap gap-x-4 gap-y-1 text-xs">
      {series.map((each, index) => {
        const value = pointAt(each.points, at, holds)?.[1] ?? null;
        return (
          <li key={each.id} className="flex min-w-0 items-center gap-1.5">
            <Swatch index={index} />
            <span className="truncate text-muted">{each.label}</span>
            <span className="font-medium whitespace-nowrap tabular-nums">{value === null ? '–' : format(value)}</span>
          </li>
        );
      })}
    </ul>
  );
}

interface PlotProps extends Pick<TimeSeriesProps, 'series' | 'format' | 'from' | 'to'> {
  width: number;
  height: number;
  least: number;
  at: number | null;
  x: (at: number) => number;
}

function Plot({ series, format, from, to, width, height, least, at, x }: PlotProps) {
  const { top: most, ticks } = valueAxis(series, least);
  const y = (value: number) => height - bottom - (value / most) * (height - top - bottom);
  const short = to - from < 5 * 60_000;
  const only = series.length === 1 ? series[0] : undefined;
  return (
    <svg aria-hidden width={width} height={height} className="block overflow-visible">
      {ticks.map((tick) => (
        <g key={tick}>
          <line x1={left} x2={width - right} y1={y(tick)} y2={y(tick)} className="stroke-line" />
          <text x={left - 8} y={y(tick)} dy="0.32em" textAnchor="end" className="fill-muted text-2xs tabular-nums">
            {format(tick)}
          </text>
        </g>
      ))}
      {timeTicks(from, to, Math.max(2, Math.floor((width - left - right) / 90))).map((tick) => (
        <text key={tick} x={x(tick)} y={height - 4} textAnchor="middle" className="fill-muted text-2xs tabular-nums">
          {clock(tick, short)}
        </text>
      ))}
      {only?.points[0] && (
        <path
          d={`${linePath(only.points.filter(([, value]) => value !== null), x, y)}L${x(only.points.at(-1)?.[0] ?? to)} ${y(0)}L${x(only.points[0][0])} ${y(0)}Z`}
          className="fill-chart-1 opacity-10"
        />
      )}
      {series.map((each, index) => (
        <path
          key={each.id}
          d={linePath(each.points, x, y)}
          fill="none"
          strokeWidth="1.5"
          strokeLinejoin="round"
          strokeDasharray={look(index).dash}
          className={look(index).stroke}
        />
      ))}
      {at !== null && <line x1={x(at)} x2={x(at)} y1={top} y2={height - bottom} className="stroke-ink" strokeWidth="1" />}
    </svg>
  );
}

/** px between labels of markers; of two that are closer, the newer one has its label. */
const labelEvery = 30;

function labelled(markers: readonly Marker[], x: (at: number) => number): ReadonlySet<string> {
  const chosen = new Set<string>();
  let left = Infinity;
  for (const { id, at } of [...markers].sort((a, b) => b.at - a.at)) {
    if (left - x(at) < labelEvery) continue;
    left = x(at);
    chosen.add(id);
  }
  return chosen;
}

function Markers({ markers, x, height, from, to }: { markers: readonly Marker[]; x: (at: number) => number; height: number; from: number; to: number }) {
  const shown = markers.filter(({ at }) => at >= from && at <= to);
  const withLabel = labelled(shown, x);
  return shown.map((marker) => (
    <div key={marker.id} className="pointer-events-none absolute top-0" style={{ left: x(marker.at), height: height - bottom }}>
      <span aria-hidden className="absolute top-4 bottom-0 border-l border-dashed border-accent/70" />
      {withLabel.has(marker.id) &&
        marker.link(
          'pointer-events-auto absolute top-0 left-0 -translate-x-1/2 rounded-sm bg-accent-soft px-1 text-2xs leading-4 font-medium text-accent whitespace-nowrap hover:underline',
          marker.label,
        )}
    </div>
  ));
}

function asTable(series: readonly Series[], moments: readonly number[], format: (value: number) => string, holds: number) {
  const shown = moments.slice(-20).reverse();
  return (
    <table>
      <thead>
        <tr>
          <th scope="col">Time</th>
          {series.map(({ id, label }) => (
            <th key={id} scope="col">
              {label}
            </th>
          ))}
        </tr>
      </thead>
      <tbody>
        {shown.map((at) => (
          <tr key={at}>
            <th scope="row">{clock(at, true)}</th>
            {series.map(({ id, points }) => {
              const value = pointAt(points, at, holds)?.[1] ?? null;
              return <td key={id}>{value === null ? 'not known' : format(value)}</td>;
            })}
          </tr>
        ))}
      </tbody>
    </table>
  );
}

/**
 * Lines over time. The pointer or the arrow keys move through the moments and the legend says the values there; screen
 * readers hear them, and have the newest ones as a table.
 */
export function TimeSeries({ label, series, format, from, to, markers = [], least = 0, holds = 15_000, height = 168 }: TimeSeriesProps) {
  const [measure, width] = useWidth();
  const [at, setAt] = useState<number | null>(null);
  const box = useRef<HTMLDivElement>(null);
  const moments = useMemo(() => momentsOf(series), [series]);
  const inner = Math.max(1, width - left - right);
  const x = (moment: number) => left + ((moment - from) / Math.max(1, to - from)) * inner;
  const shownAt = at ?? moments.at(-1) ?? to;

  const nearest = (moment: number) => {
    let best: number | null = null;
    for (const each of moments) if (best === null || Math.abs(each - moment) < Math.abs(best - moment)) best = each;
    return best;
  };
  const onPointerMove = (event: PointerEvent) => {
    const edge = box.current?.getBoundingClientRect().left ?? 0;
    setAt(nearest(from + ((event.clientX - edge - left) / inner) * (to - from)));
  };
  const onKeyDown = (event: KeyboardEvent) => {
    const index = moments.indexOf(shownAt);
    const steps: Record<string, number> = { ArrowLeft: index - 1, ArrowRight: index + 1, PageUp: index - 12, PageDown: index + 12, Home: 0, End: moments.length - 1 };
    const next = steps[event.key];
    if (event.key === 'Escape') setAt(null);
    else if (next !== undefined) setAt(moments[Math.min(moments.length - 1, Math.max(0, next))] ?? null);
    else return;
    event.preventDefault();
  };
  const said = series
    .map((each) => {
      const value = pointAt(each.points, shownAt, holds)?.[1] ?? null;
      return `${each.label} ${value === null ? 'not known' : format(value)}`;
    })
    .join(', ');

  return (
    <figure className="m-0">
      <figcaption className="min-h-5 pb-2">
        <Legend series={series} format={format} at={shownAt} holds={holds} />
      </figcaption>
      <div ref={measure} className="relative">
        <div
          ref={box}
          role="slider"
          tabIndex={0}
          aria-label={`${label}, moment`}
          aria-valuemin={0}
          aria-valuemax={Math.max(0, moments.length - 1)}
          aria-valuenow={Math.max(0, moments.indexOf(shownAt))}
          aria-valuetext={`${clock(shownAt, true)}: ${said}`}
          onPointerMove={onPointerMove}
          onPointerLeave={() => setAt(null)}
          onBlur={() => setAt(null)}
          onKeyDown={onKeyDown}
          className="cursor-crosshair touch-pan-y rounded-md"
        >
          <Plot series={series} format={format} from={from} to={to} width={width} height={height} least={least} at={at} x={x} />
        </div>
        {at !== null && (
          <span aria-hidden className="pointer-events-none absolute right-2.5 bottom-6 rounded-sm bg-surface px-1 text-2xs text-muted tabular-nums">
            {clock(at, true)}
          </span>
        )}
        <Markers markers={markers} x={x} height={height} from={from} to={to} />
      </div>
      <div className="sr-only">{asTable(series, moments, format, holds)}</div>
    </figure>
  );
}

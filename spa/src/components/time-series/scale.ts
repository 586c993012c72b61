/** One value at a moment (ms); null: it is not known, and the line has a gap. */
export type Point = readonly [at: number, value: number | null];

export interface Series {
  id: string;
  label: string;
  points: readonly Point[];
}

/** The least "nice" number (1, 2, 2.5, 5 × 10^n) that is at least `value`; 1 for nothing. */
export function niceCeiling(value: number): number {
  if (!(value > 0)) return 1;
  const power = 10 ** Math.floor(Math.log10(value));
  const step = [1, 2, 2.5, 5, 10].find((each) => each * power >= value * (1 - 1e-9)) ?? 10;
  return step * power;
}

/** The top of an axis that holds all values, and four even steps up to it. */
export function valueAxis(series: readonly Series[], least: number): { top: number; ticks: number[] } {
  let most = least;
  for (const { points } of series) for (const [, value] of points) if (value !== null && value > most) most = value;
  const step = niceCeiling(most / 4);
  return { top: step * 4, ticks: [0, 1, 2, 3, 4].map((index) => index * step) };
}

const second = 1000;
const minute = 60 * second;
const hour = 60 * minute;
const steps = [5 * second, 15 * second, 30 * second, minute, 2 * minute, 5 * minute, 10 * minute, 30 * minute, hour, 3 * hour, 6 * hour, 12 * hour, 24 * hour];

/** Round moments within a span, at most `most` of them. */
export function timeTicks(from: number, to: number, most: number): number[] {
  const step = steps.find((each) => (to - from) / each <= most) ?? 24 * hour;
  const ticks: number[] = [];
  for (let at = Math.ceil(from / step) * step; at <= to; at += step) ticks.push(at);
  return ticks;
}

/** "14:05", with seconds where the span is short. */
export function clock(at: number, seconds: boolean): string {
  const date = new Date(at);
  const pad = (value: number) => String(value).padStart(2, '0');
  return `${pad(date.getHours())}:${pad(date.getMinutes())}${seconds ? `:${pad(date.getSeconds())}` : ''}`;
}

/** The path of a line; it begins anew behind each gap. */
export function linePath(points: readonly Point[], x: (at: number) => number, y: (value: number) => number): string {
  let path = '';
  let pen = false;
  for (const [at, value] of points) {
    if (value === null) pen = false;
    else {
      path += `${pen ? 'L' : 'M'}${x(at).toFixed(1)} ${y(value).toFixed(1)}`;
      pen = true;
    }
  }
  return path;
}

/** The point of a series at or last before a moment, if it is no further away than `within` ms. */
export function pointAt(points: readonly Point[], at: number, within: number): Point | undefined {
  let low = 0;
  let high = points.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((points[middle]?.[0] ?? 0) <= at) low = middle + 1;
    else high = middle;
  }
  const before = points[low - 1];
  return before !== undefined && at - before[0] <= within ? before : undefined;
}

/** All moments at which some series has a point, ascending. */
export function momentsOf(series: readonly Series[]): number[] {
  const moments = new Set<number>();
  for (const { points } of series) for (const [at] of points) moments.add(at);
  return [...moments].sort((a, b) => a - b);
}

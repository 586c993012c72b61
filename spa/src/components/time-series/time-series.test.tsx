import { render, screen } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { describe, expect, it } from 'vitest';

import { linePath, niceCeiling, pointAt, timeTicks, valueAxis, type Point } from './scale';
import { TimeSeries } from './time-series';

const points: Point[] = [
  [1000, 1],
  [2000, null],
  [3000, 3],
];

describe('scale', () => {
  it('rounds axes up to even steps', () => {
    expect([0, 0.3, 1, 1.1, 7, 26, 990].map(niceCeiling)).toEqual([1, 0.5, 1, 2, 10, 50, 1000]);
    expect(valueAxis([{ id: 'a', label: 'A', points }], 1)).toEqual({ top: 4, ticks: [0, 1, 2, 3, 4] });
    expect(valueAxis([], 10).top).toBe(10);
  });

  it('puts ticks at round moments', () => {
    expect(timeTicks(61_000, 250_000, 4)).toEqual([120_000, 180_000, 240_000]);
  });

  it('breaks the line at a gap', () => {
    expect(linePath(points, (at) => at / 1000, (value) => value)).toBe('M1.0 1.0M3.0 3.0');
  });

  it('finds the value of a moment, not one that is too old', () => {
    expect(pointAt(points, 3500, 1000)).toEqual([3000, 3]);
    expect(pointAt(points, 9000, 1000)).toBeUndefined();
    expect(pointAt(points, 500, 1000)).toBeUndefined();
  });
});

describe('time series', () => {
  it('says the values of each moment to who moves through them by keys', async () => {
    render(<TimeSeries label="Things" series={[{ id: 'a', label: 'A', points }]} format={(value) => `${value} units`} from={0} to={4000} />);
    const slider = screen.getByRole('slider', { name: 'Things, moment' });
    expect(slider.getAttribute('aria-valuetext')).toContain('A 3 units');

    slider.focus();
    await userEvent.keyboard('{Home}');
    expect(slider.getAttribute('aria-valuetext')).toContain('A 1 units');
    await userEvent.keyboard('{ArrowRight}');

    expect(slider.getAttribute('aria-valuetext')).toContain('A not known');
  });

  it('labels of markers that are close the newest only', () => {
    const marker = (id: string, at: number) => ({ id, at, label: id, link: (className: string, label: React.ReactNode) => <a className={className}>{label}</a> });

    render(<TimeSeries label="Things" series={[]} format={String} from={0} to={4000} markers={[marker('#3', 3000), marker('#2', 2990), marker('#1', 100)]} />);

    expect(screen.queryByText('#2')).toBeNull();
    expect(screen.getByText('#1')).toBeTruthy();
    expect(screen.getByText('#3')).toBeTruthy();
  });
});

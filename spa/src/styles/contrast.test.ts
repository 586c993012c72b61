import { readFileSync } from 'node:fs';
import path from 'node:path';

import { describe, expect, it } from 'vitest';

type Rgb = [number, number, number];

/** "oklch(L C H)" as linear sRGB, cut to what a screen shows. */
function linear(colour: string): Rgb {
  const [, l = 0, c = 0, h = 0] = (/^oklch\(([\d.]+) ([\d.]+) ([\d.]+)\)$/.exec(colour) ?? []).map(Number);
  const a = c * Math.cos((h * Math.PI) / 180);
  const b = c * Math.sin((h * Math.PI) / 180);
  const [x, y, z] = [
    (l + 0.3963377774 * a + 0.2158037573 * b) ** 3,
    (l - 0.1055613458 * a - 0.0638541728 * b) ** 3,
    (l - 0.0894841775 * a - 1.291485548 * b) ** 3,
  ] as Rgb;
  const rgb: Rgb = [
    4.0767416621 * x - 3.3077115913 * y + 0.2309699292 * z,
    -1.2684380046 * x + 2.6097574011 * y - 0.3413193965 * z,
    -0.0041960863 * x - 0.7034186147 * y + 1.707614701 * z,
  ];
  return rgb.map((each) => Math.min(1, Math.max(0, each))) as Rgb;
}

const luminance = ([r, g, b]: Rgb) => 0.2126 * r + 0.7152 * g + 0.0722 * b;

function contrast(one: string, other: string): number {
  const [dark = 0, light = 0] = [luminance(linear(one)), luminance(linear(other))].sort((a, b) => a - b);
  return (light + 0.05) / (dark + 0.05);
}

const css = readFileSync(path.join(import.meta.dirname, 'theme.css'), 'utf8');

function tokens(selector: string): Record<string, string> {
  const block = css.slice(css.indexOf(`${selector} {`)).split('}', 1)[0] ?? '';
  return Object.fromEntries([...block.matchAll(/--([\w-]+): (oklch\([^)/]+\));/g)].map(([, name = '', value = '']): [string, string] => [name, value]));
}

const grounds = ['canvas', 'surface', 'sunken', 'hover'];
const pairs: [string, string][] = [
  ...['ink', 'muted', 'accent', 'ok', 'busy', 'warn', 'bad'].flatMap((text) => grounds.map((on) => [text, on] as [string, string])),
  ...['accent', 'ok', 'busy', 'warn', 'bad'].flatMap((name): [string, string][] => [[name, `${name}-soft`], ['ink', `${name}-soft`], ['muted', `${name}-soft`]]),
  ['on-primary', 'primary'],
  ['on-primary', 'primary-hover'],
  ['on-bad', 'bad-solid'],
  ...['log-ink', 'log-muted', ...[0, 1, 2, 3, 4, 5, 6, 7].map((n) => `ansi-${n}`)].flatMap((text): [string, string][] => [[text, 'log'], [text, 'log-hover']]),
  ['log-ink', 'log-mark'],
];

describe.each([':root', '.dark'])('colours of %s', (selector) => {
  const theme = tokens(selector);

  it.each(pairs)('%s is readable on %s', (text, ground) => {
    expect(theme[text]).toBeDefined();
    expect(theme[ground]).toBeDefined();
    expect(contrast(theme[text] ?? '', theme[ground] ?? '')).toBeGreaterThanOrEqual(4.5);
  });

  it.each([1, 2, 3, 4, 5, 6])('the line chart-%s can be told from its ground', (n) => {
    for (const ground of ['surface', 'canvas']) expect(contrast(theme[`chart-${n}`] ?? '', theme[ground] ?? '')).toBeGreaterThanOrEqual(3);
  });
});

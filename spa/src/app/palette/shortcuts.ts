/** Every key of the dashboard, as the map shows it. */

import type { appPlaces, places } from './keys';

export interface Shortcut {
  /** One after the other; `Mod` is ⌘ or Ctrl. */
  keys: readonly string[];
  does: string;
}

const placeNames: Record<keyof typeof places, string> = {
  h: 'Overview',
  p: 'Projects',
  w: 'Workers',
  a: 'Activity',
  o: 'Organization',
  u: 'Account',
};

const appPlaceNames: Record<keyof typeof appPlaces, string> = {
  i: 'Overview of the app',
  d: 'Deployments',
  l: 'Logs',
  m: 'Metrics',
  e: 'Variables',
  s: 'Settings',
};

const behindG = (names: Readonly<Record<string, string>>): Shortcut[] =>
  Object.entries(names).map(([key, does]) => ({ keys: ['g', key], does }));

/** `single`: keys without a modifier, which can be switched off. */
export const sections: readonly { title: string; single: boolean; shortcuts: readonly Shortcut[] }[] = [
  {
    title: 'Everywhere',
    single: false,
    shortcuts: [
      { keys: ['Mod', 'K'], does: 'Find and do anything' },
      { keys: ['Esc'], does: 'Close a dialog or menu' },
      { keys: ['Mod', 'Enter'], does: 'Send a form, also from several lines' },
    ],
  },
  {
    title: 'With one key',
    single: true,
    shortcuts: [
      { keys: ['?'], does: 'This map' },
      { keys: ['/'], does: 'Search in the page' },
      { keys: ['n'], does: 'Create app' },
    ],
  },
  { title: 'Go to', single: true, shortcuts: behindG(placeNames) },
  { title: 'In an app', single: true, shortcuts: behindG(appPlaceNames) },
  {
    title: 'In lists and logs',
    single: false,
    shortcuts: [
      { keys: ['↓', '↑'], does: 'Next, previous' },
      { keys: ['Enter'], does: 'Open' },
      { keys: ['f'], does: 'Follow a log' },
      { keys: ['w'], does: 'Wrap lines of a log' },
    ],
  },
];

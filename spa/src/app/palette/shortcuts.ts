/** Every key of the dashboard: what the listener obeys and what the map shows. */

export interface Shortcut {
  /** One after the other; `Mod` is ⌘ or Ctrl. */
  keys: readonly string[];
  does: string;
}

/** Pages behind “g” and a letter. Those of an app work where an app is shown. */
export const places = {
  h: { does: 'Overview', to: '/' },
  p: { does: 'Projects', to: '/projects' },
  w: { does: 'Workers', to: '/workers' },
  a: { does: 'Activity', to: '/activity' },
  o: { does: 'Organization', to: '/organization' },
  u: { does: 'Account', to: '/account' },
} as const;

export const appPlaces = {
  i: { does: 'Overview of the app', to: '/apps/$app' },
  d: { does: 'Deployments', to: '/apps/$app/deployments' },
  l: { does: 'Logs', to: '/apps/$app/logs' },
  m: { does: 'Metrics', to: '/apps/$app/metrics' },
  e: { does: 'Environment', to: '/apps/$app/variables' },
  s: { does: 'Settings', to: '/apps/$app/settings' },
} as const;

const behindG = (table: Readonly<Record<string, { does: string }>>): Shortcut[] =>
  Object.entries(table).map(([key, { does }]) => ({ keys: ['g', key], does }));

/** `single`: keys without a modifier, which can be switched off. */
export const sections: readonly { title: string; single: boolean; shortcuts: readonly Shortcut[] }[] = [
  {
    title: 'Everywhere',
    single: false,
    shortcuts: [
      { keys: ['Mod', 'K'], does: 'Find and do anything' },
      { keys: ['Esc'], does: 'Close a dialog or menu' },
    ],
  },
  {
    title: 'With one key',
    single: true,
    shortcuts: [
      { keys: ['?'], does: 'This map' },
      { keys: ['/'], does: 'Search in the page' },
      { keys: ['n'], does: 'New app' },
    ],
  },
  { title: 'Go to', single: true, shortcuts: behindG(places) },
  { title: 'In an app', single: true, shortcuts: behindG(appPlaces) },
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

const storageKey = 'wh.single-keys';

/** Off for people whose speech input or hands press keys unasked (WCAG 2.1.4). Remembered by this browser. */
export function singleKeysOn(): boolean {
  try {
    return localStorage.getItem(storageKey) !== 'off';
  } catch {
    return true;
  }
}

export function setSingleKeys(on: boolean): void {
  try {
    if (on) localStorage.removeItem(storageKey);
    else localStorage.setItem(storageKey, 'off');
  } catch {
    // Storage is blocked: they stay on.
  }
}

export const isMac = () => /mac|iphone|ipad/i.test(navigator.userAgent);
export const modName = () => (isMac() ? '⌘' : 'Ctrl');

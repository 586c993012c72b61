/** Pages behind “g” and a letter. */
export const places = { h: '/', p: '/projects', w: '/workers', a: '/activity', o: '/organization', u: '/account' } as const;

/** Those of an app, which work where an app is shown. */
export const appPlaces = {
  i: '/apps/$app',
  d: '/apps/$app/deployments',
  l: '/apps/$app/logs',
  m: '/apps/$app/metrics',
  e: '/apps/$app/variables',
  s: '/apps/$app/settings',
} as const;

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

import { afterEach, expect, it, vi } from 'vitest';

import { followSystem, setTheme } from './theme';

afterEach(() => {
  vi.unstubAllGlobals();
  setTheme('system');
});

it('follows a choice that is made in another tab', () => {
  followSystem();
  localStorage.setItem('wh.theme', 'dark');
  window.dispatchEvent(new StorageEvent('storage', { key: 'wh.theme' }));

  expect(document.documentElement.classList.contains('dark')).toBe(true);
  expect(document.documentElement.style.colorScheme).toBe('dark');
});

it('follows the system as it changes, unless somebody chose', () => {
  const media = Object.assign(new EventTarget(), { matches: false });
  vi.stubGlobal('matchMedia', () => media);
  const isDark = () => document.documentElement.classList.contains('dark');
  const turn = (dark: boolean) => {
    media.matches = dark;
    media.dispatchEvent(new Event('change'));
  };
  followSystem();

  turn(true);
  expect(isDark()).toBe(true);
  turn(false);
  expect(isDark()).toBe(false);
  setTheme('light');
  turn(true);
  expect(isDark()).toBe(false);
});

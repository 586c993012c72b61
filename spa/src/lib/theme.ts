import { useSyncExternalStore } from 'react';

export type Theme = 'system' | 'light' | 'dark';
const storageKey = 'wh.theme'; // public/first.js reads it before the first paint.
const listeners = new Set<() => void>();

function stored(): Theme {
  try {
    const value = localStorage.getItem(storageKey);
    return value === 'light' || value === 'dark' ? value : 'system';
  } catch {
    return 'system';
  }
}

let theme: Theme = stored();

function apply(): void {
  const dark = theme === 'dark' || (theme === 'system' && matchMedia('(prefers-color-scheme: dark)').matches);
  document.documentElement.classList.toggle('dark', dark);
  document.documentElement.style.colorScheme = dark ? 'dark' : 'light';
}

function choose(next: Theme): void {
  theme = next;
  apply();
  for (const listener of listeners) listener();
}

export function setTheme(next: Theme): void {
  try {
    if (next === 'system') localStorage.removeItem(storageKey);
    else localStorage.setItem(storageKey, next);
  } catch {
    // Storage is blocked: the choice lasts as long as the page.
  }
  choose(next);
}

/** The system's choice, and that of other tabs, is followed as it changes, whatever page is shown. */
export function followSystem(): void {
  matchMedia('(prefers-color-scheme: dark)').addEventListener('change', apply);
  window.addEventListener('storage', ({ key }) => {
    if (key === storageKey) choose(stored());
  });
}

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

export const useTheme = () => useSyncExternalStore(subscribe, () => theme);

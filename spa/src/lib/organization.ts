import { useSyncExternalStore } from 'react';

/** Which organization's pages are shown; null: the one that the session names. Remembered by this browser. */
const storageKey = 'wh.organization';
const listeners = new Set<() => void>();

function stored(): string | null {
  try {
    return localStorage.getItem(storageKey);
  } catch {
    return null;
  }
}

let chosen = stored();

export function chooseOrganization(slug: string | null): void {
  chosen = slug;
  try {
    if (slug === null) localStorage.removeItem(storageKey);
    else localStorage.setItem(storageKey, slug);
  } catch {
    // Storage is blocked: the choice lasts as long as the page.
  }
  for (const listener of listeners) listener();
}

export const useChosenOrganization = () =>
  useSyncExternalStore(
    (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    () => chosen,
  );

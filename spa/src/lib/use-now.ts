import { useSyncExternalStore } from 'react';

const period = 1000;
const listeners = new Set<() => void>();
let timer: ReturnType<typeof setInterval> | undefined;
let current = Date.now();

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  if (timer === undefined) {
    current = Date.now();
    timer = setInterval(() => {
      current = Date.now();
      for (const each of listeners) each();
    }, period);
  }
  return () => {
    listeners.delete(listener);
    if (listeners.size === 0) {
      clearInterval(timer);
      timer = undefined;
    }
  };
}

const idle = () => () => undefined;

/** The current time in ms, once a second, from one timer for the whole page. `active` false freezes it. */
export function useNow(active = true): number {
  return useSyncExternalStore(active ? subscribe : idle, () => current);
}

import { useSyncExternalStore } from 'react';

export interface Live {
  status: 'connecting' | 'live' | 'reconnecting';
  /** When what is on the screen was last known to be current, in ms. */
  asOf: number;
}

let live: Live = { status: 'connecting', asOf: Date.now() };
const listeners = new Set<() => void>();

export function setLive(status: Live['status']): void {
  // A loss does not move the mark: the page is as old as the last moment it was connected.
  const asOf = status === 'reconnecting' && live.status === 'reconnecting' ? live.asOf : Date.now();
  live = { status, asOf };
  for (const listener of listeners) listener();
}

export const useLive = () =>
  useSyncExternalStore(
    (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    () => live,
  );

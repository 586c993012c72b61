import { useSyncExternalStore } from 'react';

export interface Toast {
  id: number;
  kind: 'done' | 'error';
  title: string;
  detail?: string | undefined;
  /** Takes it back. */
  undo?: (() => void) | undefined;
}

let toasts: readonly Toast[] = [];
let nextId = 1;
const listeners = new Set<() => void>();
const doneLasts = 5000;
/** Long enough to read it and to think again. */
const undoLasts = 12_000;

function publish(next: readonly Toast[]): void {
  toasts = next;
  for (const listener of listeners) listener();
}

export function dismissToast(id: number): void {
  publish(toasts.filter((each) => each.id !== id));
}

function show(entry: Omit<Toast, 'id'>): void {
  const id = nextId;
  nextId += 1;
  publish([...toasts.slice(-3), { ...entry, id }]);
  // What went wrong stays until it has been read.
  if (entry.kind === 'done') setTimeout(() => dismissToast(id), entry.undo ? undoLasts : doneLasts);
}

export const toast = {
  done: (title: string, detail?: string) => show({ kind: 'done', title, detail }),
  /** Done, and `undo` takes it back. */
  undo: (title: string, detail: string | undefined, undo: () => void) => show({ kind: 'done', title, detail, undo }),
  error: (title: string, detail?: string) => show({ kind: 'error', title, detail }),
};

export const useToasts = () =>
  useSyncExternalStore(
    (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    () => toasts,
  );

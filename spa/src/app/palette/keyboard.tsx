import { useNavigate, useRouterState } from '@tanstack/react-router';
import { lazy, Suspense, useEffect, useRef, useState } from 'react';

import { appPlaces, places, singleKeysOn } from './keys';

const loadPalette = () => import('./palette');
const Palette = lazy(loadPalette);
const KeyboardMap = lazy(() => import('./keyboard-map'));

type Open = 'palette' | 'map' | null;

/** Opens the palette from anywhere, for buttons that say so. */
export const openPaletteEvent = 'wh:palette';
export const openPalette = () => window.dispatchEvent(new Event(openPaletteEvent));

/** How long after “g” its letter counts. */
const sequenceMs = 1500;

const typing = (target: EventTarget | null) =>
  target instanceof HTMLElement && (target.isContentEditable || /^(INPUT|TEXTAREA|SELECT)$/.test(target.tagName));

function focusSearch(): boolean {
  const search = document.querySelector<HTMLElement>('main [type=search], main [role=search] input, main [data-search]');
  search?.focus();
  return search !== null;
}

/** Listens to the keys of the whole dashboard; the palette and the map are fetched when they are wanted. */
export function Keyboard() {
  const navigate = useNavigate();
  const [open, setOpen] = useState<Open>(null);
  const app = useRouterState({
    select: ({ matches }) => (matches.at(-1)?.params as { app?: string } | undefined)?.app,
  });
  const gAt = useRef(0);

  useEffect(() => {
    const go = (key: string): boolean => {
      if (Object.hasOwn(places, key)) {
        void navigate({ to: places[key as keyof typeof places] });
        return true;
      }
      if (app === undefined || !Object.hasOwn(appPlaces, key)) return false;
      void navigate({ to: appPlaces[key as keyof typeof appPlaces], params: { app } });
      return true;
    };
    const single = (event: KeyboardEvent): boolean => {
      const after = event.timeStamp - gAt.current < sequenceMs;
      gAt.current = 0;
      if (after) return go(event.key);
      if (event.key === 'g') {
        gAt.current = event.timeStamp;
        return true;
      }
      if (event.key === '?') {
        setOpen('map');
        return true;
      }
      if (event.key === '/') return focusSearch();
      if (event.key !== 'n') return false;
      void navigate({ to: '/apps/new' });
      return true;
    };
    const onKey = (event: KeyboardEvent) => {
      if ((event.metaKey || event.ctrlKey) && !event.altKey && !event.shiftKey && event.key.toLowerCase() === 'k') {
        event.preventDefault();
        setOpen((now) => (now === 'palette' ? null : 'palette'));
        return;
      }
      if (event.defaultPrevented || event.metaKey || event.ctrlKey || event.altKey || event.isComposing) return;
      if (typing(event.target) || document.querySelector('dialog[open], [role=menu]') || !singleKeysOn()) return;
      if (single(event)) event.preventDefault();
    };
    const onOpen = () => setOpen('palette');
    window.addEventListener('keydown', onKey);
    window.addEventListener(openPaletteEvent, onOpen);
    return () => {
      window.removeEventListener('keydown', onKey);
      window.removeEventListener(openPaletteEvent, onOpen);
    };
  }, [navigate, app]);

  const closing = (what: Open) => () => setOpen((now) => (now === what ? null : now));
  return (
    <Suspense>
      {open === 'palette' && <Palette app={app} onClose={closing('palette')} onMap={() => setOpen('map')} />}
      {open === 'map' && <KeyboardMap onClose={closing('map')} />}
    </Suspense>
  );
}

/** Fetched ahead where somebody reaches for the button. */
export const preloadPalette = () => void loadPalette();

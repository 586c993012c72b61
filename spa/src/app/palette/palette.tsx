import { queryOptions, useQuery, useQueryClient } from '@tanstack/react-query';
import { useRouter } from '@tanstack/react-router';
import { Search } from 'lucide-react';
import { useEffect, useId, useMemo, useRef, useState } from 'react';

import { request } from '@/api/client';
import { paths } from '@/api/paths';
import { keys } from '@/api/queries';
import type { App, Deployment, Page } from '@/api/types';
import { useThemeChoice } from '@/features/identity/theme-choice';
import { cn } from '@/lib/cn';
import { useMay } from '@/lib/permissions';
import { useOrg } from '@/lib/session';
import { toast } from '@/lib/toast';

import { entriesFor, type Deed, type Entry } from './entries';
import { find, recentEntries, remember, type Found } from './found';

const mostPages = 20;

/** All apps, as far as 2,000 of them: there is no search on the server. */
const allAppsQuery = (org: string) =>
  queryOptions({
    queryKey: [...keys.apps, 'all'],
    queryFn: async ({ signal }) => {
      const apps: App[] = [];
      let cursor: string | null = null;
      for (let page = 0; page < mostPages; page += 1) {
        const query = new URLSearchParams({ limit: '100', ...(cursor ? { cursor } : {}) });
        const answer: Page<App> = await request<Page<App>>(`${paths.apps(org)}?${query.toString()}`, { signal });
        apps.push(...answer.items);
        cursor = answer.next_cursor;
        if (!cursor) break;
      }
      return apps;
    },
    staleTime: 30_000,
  });

/** The text with what was typed marked, neighbours together. */
function Label({ text, at }: { text: string; at: readonly number[] }) {
  const parts: { text: string; hit: boolean }[] = [];
  Array.from(text).forEach((letter, index) => {
    const hit = at.includes(index);
    const last = parts.at(-1);
    if (last?.hit === hit) last.text += letter;
    else parts.push({ text: letter, hit });
  });
  return parts.map((part, index) =>
    part.hit ? (
      <mark key={index} className="bg-transparent font-semibold text-accent">
        {part.text}
      </mark>
    ) : (
      part.text
    ),
  );
}

interface OptionProps {
  found: Found;
  id: string;
  active: boolean;
  onPoint: () => void;
  onChoose: () => void;
}

function Option({ found: { entry, at }, id, active, onPoint, onChoose }: OptionProps) {
  const ref = useRef<HTMLDivElement>(null);
  const Icon = entry.icon;
  useEffect(() => {
    if (active) ref.current?.scrollIntoView({ block: 'nearest' });
  }, [active]);
  return (
    <div
      ref={ref}
      id={id}
      role="option"
      aria-selected={active}
      aria-label={entry.hint ? `${entry.label}, ${entry.hint}` : entry.label}
      onPointerMove={onPoint}
      onClick={onChoose}
      className={cn('mx-1.5 flex min-h-9 cursor-pointer items-center gap-2.5 rounded-lg px-2.5', active && 'bg-hover')}
    >
      <Icon aria-hidden className="size-4 shrink-0 text-muted" />
      <span className="min-w-0 flex-1 truncate">
        <Label text={entry.label} at={at} />
      </span>
      {entry.hint && (
        <span className={cn('max-w-[45%] truncate text-xs text-muted', entry.deed.kind === 'app' && 'font-mono')}>{entry.hint}</span>
      )}
    </div>
  );
}

/** Carries out what was chosen; the palette is closed by then, so nothing of it may be waited for. */
function useDeeds(onMap: () => void) {
  const org = useOrg();
  const router = useRouter();
  const queryClient = useQueryClient();
  const chooseTheme = useThemeChoice();
  const ask = async ({ label, deed }: Entry & { deed: Deed & { kind: 'app' } }) => {
    const { app, action } = deed;
    try {
      const made = await request<Deployment>(paths.appAction(org, app, action), { method: 'POST', body: {} });
      void queryClient.invalidateQueries({ queryKey: keys.app(app) });
      void queryClient.invalidateQueries({ queryKey: keys.apps });
      if (action === 'start') toast.done(`${app} is starting`);
      else await router.navigate({ to: '/apps/$app/deployments/$deploymentId', params: { app, deploymentId: made.id } });
    } catch (error) {
      toast.error(`${label}: it did not work`, error instanceof Error ? error.message : undefined);
    }
  };
  return (entry: Entry) => {
    const { deed } = entry;
    remember(entry.id);
    if (deed.kind === 'map') onMap();
    else if (deed.kind === 'theme') void chooseTheme(deed.theme);
    else if (deed.kind === 'go') router.history.push(deed.href);
    else if (deed.kind === 'open') window.open(deed.href, '_blank', 'noreferrer');
    else void ask({ ...entry, deed });
  };
}

interface PaletteProps {
  /** The app that is shown. */
  app: string | undefined;
  onClose: () => void;
  onMap: () => void;
}

/** Find and do anything: apps, their pages, what can be done with them, all other pages. */
export default function Palette({ app, onClose, onMap }: PaletteProps) {
  const apps = useQuery({ ...allAppsQuery(useOrg()), enabled: useOrg() !== '' });
  const may = useMay();
  const carryOut = useDeeds(onMap);
  const [query, setQuery] = useState('');
  const [active, setActive] = useState(0);
  const dialog = useRef<HTMLDialogElement>(null);
  const listId = useId();
  const [recent] = useState(recentEntries);
  const entries = useMemo(() => entriesFor(apps.data ?? [], app, may), [apps.data, app, may]);
  const found = useMemo(() => find(entries, query, recent), [entries, query, recent]);
  const at = Math.min(active, found.length - 1);
  const optionId = (index: number) => `${listId}-${index}`;

  useEffect(() => {
    if (dialog.current && !dialog.current.open) dialog.current.showModal();
  }, []);

  const choose = ({ entry }: Found) => {
    dialog.current?.close();
    onClose();
    carryOut(entry);
  };
  const move = (to: number) => setActive((to + found.length) % Math.max(1, found.length));
  const onKeyDown = (event: React.KeyboardEvent) => {
    const steps: Record<string, number> = { ArrowDown: at + 1, ArrowUp: at - 1, Home: 0, End: found.length - 1, PageDown: Math.min(at + 8, found.length - 1), PageUp: Math.max(at - 8, 0) };
    const to = steps[event.key];
    const chosen = found[at];
    if (to !== undefined) move(to);
    else if (event.key === 'Enter' && chosen && !event.nativeEvent.isComposing) choose(chosen);
    else return;
    event.preventDefault();
  };

  return (
    <dialog
      ref={dialog}
      aria-label="Find and do anything"
      onClose={onClose}
      onClick={(event) => event.target === dialog.current && onClose()}
      className="mt-[12vh] w-[calc(100%-1.5rem)] max-w-xl overflow-hidden rounded-2xl border border-line bg-surface p-0 shadow-float open:animate-rise"
    >
      <div className="flex items-center gap-2.5 border-b border-line px-4">
        <Search aria-hidden className="size-4 shrink-0 text-muted" />
        <input
          autoFocus
          role="combobox"
          aria-label="Find and do anything"
          aria-expanded
          aria-controls={listId}
          aria-autocomplete="list"
          aria-activedescendant={found.length > 0 ? optionId(at) : undefined}
          autoComplete="off"
          spellCheck={false}
          placeholder="An app, a page, something to do…"
          value={query}
          onChange={(event) => {
            setQuery(event.target.value);
            setActive(0);
          }}
          onKeyDown={onKeyDown}
          className="h-12 min-w-0 flex-1 bg-transparent text-base outline-none placeholder:text-muted"
        />
        <kbd className="rounded-sm border border-line-strong px-1.5 font-mono text-2xs text-muted">Esc</kbd>
      </div>
      <div id={listId} role="listbox" aria-label="Found" className="max-h-[min(26rem,60vh)] overflow-y-auto py-1.5">
        {found.map((each, index) => {
          const title = index < recent.length && query === '' && recent.includes(each.entry.id) ? 'Last used' : each.entry.group;
          const before = found[index - 1];
          const titleBefore = before && (index - 1 < recent.length && query === '' && recent.includes(before.entry.id) ? 'Last used' : before.entry.group);
          return (
            <div key={each.entry.id} role="presentation">
              {query.trim() === '' && title !== titleBefore && (
                <p role="presentation" className="px-4 pt-2.5 pb-1 text-xs font-medium text-muted">
                  {title}
                </p>
              )}
              <Option found={each} id={optionId(index)} active={index === at} onPoint={() => setActive(index)} onChoose={() => choose(each)} />
            </div>
          );
        })}
      </div>
      <p role="status" className={cn('px-4 text-muted', found.length === 0 ? 'pb-5' : 'sr-only')}>
        {found.length === 0 ? `Nothing fits “${query}”.` : `${found.length} found`}
      </p>
      {apps.isError && <p className="border-t border-line px-4 py-2 text-xs text-bad">Apps could not be read: {apps.error.message}</p>}
    </dialog>
  );
}

import documents from 'virtual:documents';

import {
  Activity,
  BookOpen,
  Boxes,
  ChartLine,
  CirclePlus,
  CircleUser,
  FolderTree,
  Keyboard,
  KeyRound,
  ListChecks,
  Moon,
  Play,
  Rocket,
  RotateCw,
  ScrollText,
  Server,
  Settings,
  ShieldCheck,
  SlidersHorizontal,
  SquareTerminal,
  Sun,
  Users,
  type LucideIcon,
} from 'lucide-react';

import type { App } from '@/api/types';
import type { Permission } from '@/lib/permissions';

/** What an entry does; the palette carries it out. */
export type Deed =
  | { kind: 'go'; href: string }
  /** A page that is none of the dashboard's own. */
  | { kind: 'open'; href: string }
  | { kind: 'app'; app: string; action: 'deployments' | 'restart' | 'apply-staged' | 'start' }
  | { kind: 'theme'; theme: 'light' | 'dark' | 'system' }
  | { kind: 'map' };

export interface Entry {
  id: string;
  group: 'This app' | 'Actions' | 'Apps' | 'Pages' | 'Documentation';
  label: string;
  /** More words that find it. */
  words?: string;
  /** At its right: a state, or the CLI's command. */
  hint?: string;
  icon: LucideIcon;
  deed: Deed;
}

type May = (permission: Permission, project?: string) => boolean;

const go = (href: string): Deed => ({ kind: 'go', href });

interface Page {
  label: string;
  href: string;
  icon: LucideIcon;
  words?: string;
  needs?: Permission;
}

const pages: readonly Page[] = [
  { label: 'Overview', href: '/', icon: Boxes, words: 'apps home' },
  { label: 'Projects', href: '/projects', icon: FolderTree },
  { label: 'Workers', href: '/workers', icon: Server, words: 'hosts machines fleet' },
  { label: 'Activity', href: '/activity', icon: Activity, words: 'feed events what happened' },
  { label: 'Setup checklist', href: '/getting-started', icon: ListChecks, words: 'getting started first steps' },
  { label: 'Audit log', href: '/audit', icon: ScrollText, words: 'history who did', needs: 'audit:read' },
  { label: 'Organization settings', href: '/organization', icon: Settings, words: 'limits name' },
  { label: 'Members', href: '/organization/members', icon: Users, words: 'people invite roles' },
  { label: 'Organization tokens', href: '/organization/tokens', icon: KeyRound, needs: 'token:manage' },
  { label: 'Organization variables', href: '/organization/variables', icon: SlidersHorizontal, words: 'environment', needs: 'variable:read' },
  { label: 'Account', href: '/account', icon: CircleUser, words: 'profile name theme' },
  { label: 'Security', href: '/account/security', icon: ShieldCheck, words: 'authenticator totp sessions two-factor' },
  { label: 'Tokens and keys', href: '/account/tokens', icon: KeyRound, words: 'api ssh personal' },
];

const appPages: readonly { label: string; tail: string; icon: LucideIcon; words?: string }[] = [
  { label: 'Deployments', tail: '/deployments', icon: Rocket },
  { label: 'Logs', tail: '/logs', icon: SquareTerminal },
  { label: 'Metrics', tail: '/metrics', icon: ChartLine, words: 'charts traffic memory processor' },
  { label: 'Variables', tail: '/variables', icon: SlidersHorizontal, words: 'environment env secrets' },
  { label: 'Settings', tail: '/settings', icon: Settings, words: 'scale delete source health stop limits' },
];

function actionsOf(app: App, may: May): Entry[] {
  if (app.state === 'deleting' || !may('app:deploy', app.project)) return [];
  const act = (action: (Deed & { kind: 'app' })['action'], label: string, hint: string, icon: LucideIcon): Entry => ({
    id: `${action}:${app.name}`,
    group: 'Actions',
    label: `${label} ${app.name}`,
    hint,
    icon,
    deed: { kind: 'app', app: app.name, action },
  });
  const entries = [act('deployments', 'Deploy', `wh deploy ${app.name}`, Rocket)];
  if (app.state === 'stopped') entries.push(act('start', 'Start', `wh start ${app.name}`, Play));
  else if (app.current_release) entries.push(act('restart', 'Restart', `wh restart ${app.name}`, RotateCw));
  const staged = app.staged_changes + app.staged_settings.length;
  if (staged > 0 && app.current_release && app.state !== 'stopped') {
    entries.push(act('apply-staged', 'Apply staged changes of', `wh env ${app.name} apply`, Play));
  }
  return entries;
}

function entriesOf(app: App): Entry[] {
  const base = `/apps/${encodeURIComponent(app.name)}`;
  return [
    { id: `app:${app.name}`, group: 'Apps', label: app.name, words: `${app.project} ${app.environment}`, hint: app.state, icon: Boxes, deed: go(base) },
    ...appPages.map(
      ({ label, tail, icon, words }): Entry => ({
        id: `${tail}:${app.name}`,
        group: 'Apps',
        label: `${app.name} › ${label}`,
        ...(words ? { words } : {}),
        icon,
        deed: go(base + tail),
      }),
    ),
  ];
}

const general = (may: May): Entry[] => [
  ...(may('app:write')
    ? [{ id: 'new-app', group: 'Actions', label: 'Create app', words: 'new git repository', hint: 'wh apps create', icon: CirclePlus, deed: go('/apps/new') } as const]
    : []),
  { id: 'theme:light', group: 'Actions', label: 'Light theme', icon: Sun, deed: { kind: 'theme', theme: 'light' } },
  { id: 'theme:dark', group: 'Actions', label: 'Dark theme', icon: Moon, deed: { kind: 'theme', theme: 'dark' } },
  { id: 'map', group: 'Actions', label: 'Keyboard', words: 'shortcuts keys help', hint: '?', icon: Keyboard, deed: { kind: 'map' } },
];

/** Everything that can be reached or done, the app that is shown first. */
export function entriesFor(apps: readonly App[], current: string | undefined, may: May): Entry[] {
  const here = apps.find((app) => app.name === current);
  const ofHere = here ? [...actionsOf(here, may), ...entriesOf(here).slice(1)].map((entry) => ({ ...entry, group: 'This app' as const })) : [];
  const others = apps.filter((app) => app !== here);
  return [
    ...ofHere,
    ...others.flatMap(entriesOf),
    ...others.flatMap((app) => actionsOf(app, may)),
    ...general(may),
    ...pages
      .filter(({ needs }) => needs === undefined || may(needs))
      .map(({ label, href, icon, words }): Entry => ({ id: `page:${href}`, group: 'Pages', label, ...(words ? { words } : {}), icon, deed: go(href) })),
    { id: 'docs', group: 'Documentation', label: 'Documentation', words: 'help how to manual', icon: BookOpen, deed: { kind: 'open', href: '/docs' } },
    ...documents.map(
      ({ href, title, words }): Entry => ({ id: `docs:${href}`, group: 'Documentation', label: title, words, hint: 'documentation', icon: BookOpen, deed: { kind: 'open', href } }),
    ),
    { id: 'api-docs', group: 'Documentation', label: 'Reference of the API', words: 'rest openapi curl', icon: BookOpen, deed: { kind: 'open', href: '/api/docs' } },
  ];
}

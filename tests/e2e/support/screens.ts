import { AxeBuilder } from '@axe-core/playwright';
import { expect, type Page } from '@playwright/test';

/** A page of the dashboard that a signed-in person can open. */
export interface Screen {
  path: string;
  /** Its first heading. */
  title: string | RegExp;
  /** It shows data of the server: it can load, be refused and fail. */
  data: boolean;
  /** What it says in an organization with nothing in it; without: it is never empty. */
  empty?: RegExp;
}

/** Every screen, in an organization that has the app `app` with this deployment. */
export const screens = (app: string, deployment: string): Screen[] => [
  { path: '/', title: 'Overview', data: true, empty: /Create your first app/ },
  { path: '/activity', title: 'Activity', data: true },
  { path: '/projects', title: 'Projects', data: true, empty: /None yet\. A project holds apps/ },
  { path: '/workers', title: 'Workers', data: true },
  { path: '/getting-started', title: 'Setup checklist', data: false },
  { path: '/apps/new', title: 'Create app', data: false },
  { path: `/apps/${app}`, title: app, data: true },
  { path: `/apps/${app}/deployments`, title: app, data: true },
  { path: `/apps/${app}/logs`, title: app, data: true },
  { path: `/apps/${app}/variables`, title: app, data: true },
  { path: `/apps/${app}/metrics`, title: app, data: true },
  { path: `/apps/${app}/settings`, title: app, data: true },
  { path: `/apps/${app}/audit`, title: app, data: true },
  { path: `/apps/${app}/deployments/${deployment}`, title: /^#1/, data: true },
  { path: '/projects/default', title: /default/i, data: true },
  { path: '/projects/default/environments/production', title: 'production', data: true },
  { path: '/audit', title: 'Audit log', data: true },
  { path: '/organization', title: /./, data: true },
  { path: '/organization/members', title: /./, data: true, empty: /None open\. An invitation is a link/ },
  { path: '/organization/tokens', title: /./, data: true, empty: /None yet\. Programs such as/ },
  { path: '/organization/variables', title: /./, data: true },
  { path: '/organizations/new', title: 'New organization', data: false },
  { path: '/account', title: 'Account', data: true },
  { path: '/account/security', title: 'Account', data: true },
  { path: '/account/tokens', title: 'Account', data: true },
  { path: '/account/installation', title: 'Account', data: true },
  { path: '/device', title: 'Sign in a program', data: false },
  { path: '/no/such/page', title: 'There is no such page', data: false },
];

/** Nothing is on its way any more: every shape of what loads has gone. */
export async function settled(page: Page): Promise<void> {
  await expect(page.getByRole('heading', { level: 1 })).toBeVisible();
  await expect(page.locator('[role=status][aria-label^="Loading"]')).toHaveCount(0);
}

/** What axe finds, as lines. In the page itself: there are no frames, and a page of axe's own costs half a second each time. */
export async function mistakes(page: Page, where: string): Promise<string[]> {
  const { violations } = await new AxeBuilder({ page }).setLegacyMode().options({ resultTypes: ['violations'] }).analyze();
  return violations.map(({ id, nodes }) => `${where}: ${id}: ${nodes[0]?.html}`);
}

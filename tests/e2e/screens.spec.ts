import { expect, test, type Page, type Request } from '@playwright/test';

import type { Api } from './support/api.js';
import { Installation } from './support/installation.js';
import { mistakes, screens, settled, type Screen } from './support/screens.js';

// Every screen in every state that it can be in, each looked at by axe. One sign-in, one installation.

const installation = new Installation();
let page: Page;
let all: Screen[];
let withData: Screen[];

test.describe.configure({ timeout: 600_000 });
// Hundreds of pages: a picture of each moment would take longer than the tests.
test.use({ trace: 'off' });

/** An app that is in two environments, never deployed: its page in the second one. */
async function elsewhere(api: Api): Promise<Screen[]> {
  await api.remove('two-places');
  const made = await api.raw('POST', `/api/v1/orgs/${api.org}/projects`, { slug: 'two-places' });
  expect([201, 409]).toContain(made.status);
  const there = `/api/v1/orgs/${api.org}/projects/two-places/environments`;
  expect([201, 409]).toContain((await api.raw('POST', there, { name: 'staging', branch_patterns: [] })).status);
  await api.call('POST', '/projects/two-places/apps', { name: 'two-places', source: { git_url: 'https://git.example.com/two.git' }, deploy: false });
  await api.call('POST', '/apps/two-places/environments', { environment: 'staging' });
  return [{ path: '/apps/two-places@staging', title: 'two-places@staging', data: true }];
}

test.beforeAll(async ({ browser }) => {
  const api = await installation.api();
  const deployments = await api.deployments('hello');
  all = [...screens('hello', deployments.find(({ number }) => number === 1)!.id), ...(await elsewhere(api))];
  withData = all.filter(({ data }) => data);
  page = await (await browser.newContext()).newPage();
  await page.addInitScript(watchMoves);
  await page.goto(await installation.setupLink());
  await settled(page);
});

test.afterAll(async () => {
  await (page as Page | undefined)?.context().close();
  const api = await installation.api();
  await api.remove('two-places');
  await api.raw('DELETE', `/api/v1/orgs/${api.org}/projects/two-places`);
});

const open = (path: string) => page.goto(installation.dashboard + path);
const isData = (url: URL) => /^\/api\/v1\//.test(url.pathname) && !/\/(session|feed|stream)$/.test(url.pathname);

/** Every answer that carries data is this problem, until the returned function is called. */
async function answered(status: number, title: string, detail: string): Promise<() => Promise<void>> {
  const body = JSON.stringify({ type: 'about:blank', title, status, code: 'test', detail, errors: [], request_id: '0' });
  await page.route(isData, (route) => route.fulfill({ status, contentType: 'application/problem+json', body }));
  return () => page.unroute(isData);
}

/** What a page asks for first is answered last, until the returned function is called: what its parts may not rely on. */
async function answeredInReverse(): Promise<() => Promise<void>> {
  let asked = 0;
  const begin = (request: Request) => {
    if (request.isNavigationRequest()) asked = 0;
  };
  page.on('request', begin);
  await page.route(isData, async (route) => {
    const later = Math.max(0, 200 - 40 * asked++);
    await new Promise((done) => setTimeout(done, later));
    // The page may have been left meanwhile.
    await route.fallback().catch(() => {});
  });
  return async () => {
    page.off('request', begin);
    await page.unrouteAll({ behavior: 'ignoreErrors' });
  };
}

interface Moves {
  moves: { by: number; what: string }[];
}

/** Keeps in each page what moves in it, but for the lines of a log, which follow its end. */
const watchMoves = () => {
  const kept: Moves['moves'] = [];
  (globalThis as unknown as Moves).moves = kept;
  const nameOf = (node: Node | null) => (node instanceof Element ? node.outerHTML : (node?.textContent ?? 'gone')).slice(0, 160);
  new PerformanceObserver((list) => {
    for (const entry of list.getEntries() as (PerformanceEntry & { value: number; hadRecentInput: boolean; sources: { node: Node | null }[] })[]) {
      const sources = entry.sources.filter(({ node }) => !(node instanceof Element && node.closest('[role=log]')));
      if (!entry.hadRecentInput && sources.length > 0) kept.push({ by: entry.value, what: nameOf(sources[0]!.node) });
    }
  }).observe({ type: 'layout-shift', buffered: true });
};

/** What has moved in the page since it was opened, once what was drawn last has been looked at. */
async function moved(path: string): Promise<string[]> {
  const moves = await page.evaluate(async () => {
    for (let frame = 0; frame < 2; ++frame) await new Promise((done) => requestAnimationFrame(done));
    return (globalThis as unknown as Moves).moves;
  });
  return moves.filter(({ by }) => by > 0.001).map(({ by, what }) => `${path}: moved by ${by.toFixed(4)}: ${what}`);
}

/** The screens, one after the other; what was wrong with any of them. */
async function eachOf(list: readonly Screen[], look: (screen: Screen) => Promise<string[]>): Promise<void> {
  const found: string[] = [];
  for (const screen of list) {
    await test.step(screen.path, async () => {
      await open(screen.path);
      found.push(...(await look(screen)));
    });
  }
  expect(found).toEqual([]);
}

test('each screen has its title and no accessibility mistake, light and dark', async () => {
  const failures: string[] = [];
  page.on('pageerror', (error) => failures.push(error.message));
  page.on('console', (message) => {
    if (/Content Security Policy/i.test(message.text())) failures.push(message.text());
  });

  await eachOf(all, async ({ path, title }) => {
    await settled(page);
    await expect(page.getByRole('heading', { level: 1 })).toHaveText(title);
    const light = await mistakes(page, path);
    await page.emulateMedia({ colorScheme: 'dark' });
    const dark = await mistakes(page, `${path}, dark`);
    await page.emulateMedia({ colorScheme: 'light' });
    return [...light, ...dark];
  });

  expect(failures).toEqual([]);
});

test('nothing is wider than a phone of 360 px, and nothing moves while it loads', async () => {
  const before = page.viewportSize()!;
  await page.setViewportSize({ width: 360, height: 740 });
  const usual = await answeredInReverse();
  await eachOf(all, async ({ path }) => {
    await settled(page);
    const width = await page.evaluate(() => document.documentElement.scrollWidth);
    return [...(width > 360 ? [`${path}: ${width} px`] : []), ...(await moved(path))];
  });
  await usual();
  await page.setViewportSize(before);
});

/** What reaches over the right edge of its panel, and is not cut off or scrolled there. */
const sticksOut = () =>
  [...document.querySelectorAll('main section *')].flatMap((element) => {
    const panel = element.closest('section')!;
    const { right, width } = element.getBoundingClientRect();
    if (width <= 1 || right <= panel.getBoundingClientRect().right + 1) return [];
    for (let above = element.parentElement; above && above !== panel; above = above.parentElement) {
      if (getComputedStyle(above).overflowX !== 'visible') return [];
    }
    return [`${panel.querySelector('h2')?.textContent ?? ''}: ${element.outerHTML.slice(0, 120)}`];
  });

test('on a wide screen nothing sticks out of its panel, and nothing moves while it loads', async () => {
  const before = page.viewportSize()!;
  await page.setViewportSize({ width: 1600, height: 900 });
  const usual = await answeredInReverse();
  await eachOf(withData, async ({ path }) => {
    await settled(page);
    return [...(await page.evaluate(sticksOut)).map((each) => `${path}: ${each}`), ...(await moved(path))];
  });
  await usual();
  await page.setViewportSize(before);
});

test('each screen shows the shape of what loads', async () => {
  // No answer: the pages are left before one comes.
  await page.route(isData, () => {});

  await eachOf(withData, async ({ path }) => {
    await expect.soft(page.locator('[role=status][aria-label^="Loading"]').first(), path).toBeVisible();
    return mistakes(page, `${path}, loading`);
  });

  await page.unrouteAll({ behavior: 'ignoreErrors' });
});

test('each screen says that it failed, and tries again', async () => {
  const mend = await answered(500, 'Something broke', 'The test broke it.');

  await eachOf(withData, async ({ path }) => {
    await expect.soft(page.getByRole('alert').filter({ hasText: 'The test broke it.' }).first(), path).toBeVisible();
    return mistakes(page, `${path}, failed`);
  });

  await open('/');
  const again = page.getByRole('button', { name: 'Try again' }).first();
  await expect(again).toBeVisible();
  await mend();
  await again.click();
  await expect(page.getByRole('link', { name: 'hello', exact: true })).toBeVisible();
});

test('each screen says what may not be seen', async () => {
  const mend = await answered(403, 'Forbidden', 'Ask an owner for the right.');

  await eachOf(withData, async ({ path }) => {
    await expect.soft(page.getByRole('alert').filter({ hasText: 'Ask an owner for the right.' }).first(), path).toBeVisible();
    return mistakes(page, `${path}, denied`);
  });
  await mend();
});

test('what opens above a page is without mistakes, and leads back to where it was opened', async () => {
  const found: string[] = [];
  const opens = async (where: string, act: () => Promise<unknown>) => {
    await act();
    await expect(page.getByRole('dialog')).toBeVisible();
    await expect(page.getByRole('dialog').locator('[role=status][aria-label^="Loading"]')).toHaveCount(0);
    found.push(...(await mistakes(page, where)));
    await page.keyboard.press('Escape');
    await expect(page.getByRole('dialog')).toHaveCount(0);
  };
  await open('/apps/two-places@staging');
  await settled(page);
  await expect(page.getByRole('navigation', { name: 'Environment' }).getByRole('link')).toHaveCount(2);
  const actions = page.getByRole('button', { name: 'Actions' });
  for (const item of ['Scale…', 'Delete…']) {
    await opens(item, async () => {
      await actions.click();
      await page.getByRole('menuitem', { name: item }).click();
    });
  }
  await opens('add to environment', () => page.getByRole('button', { name: 'Add to environment' }).click());
  await actions.click();
  await expect(page.getByRole('menu')).toBeVisible();
  found.push(...(await mistakes(page, 'actions')));
  await page.keyboard.press('Escape');
  await expect(actions).toBeFocused();
  await opens('palette', () => page.keyboard.press('Control+k'));
  await opens('map of the keys', () => page.keyboard.press('?'));

  await open('/apps/two-places@staging/logs');
  await settled(page);
  await page.getByRole('navigation', { name: 'Environment' }).getByRole('link', { name: /^production/ }).click();
  await expect(page).toHaveURL(/\/apps\/two-places\/logs$/);
  expect(found).toEqual([]);
});

test('what starts to need attention while the overview is open moves nothing', async () => {
  const api = await installation.api();
  await open('/');
  await settled(page);
  await expect(page.getByRole('link', { name: 'hello', exact: true })).toBeVisible();

  const shown = page.getByRole('region', { name: 'Needs attention' }).getByRole('listitem');
  const before = await shown.count();
  // All apps in trouble, told by the feed as any change is.
  const isApps = (url: URL) => /\/apps$/.test(url.pathname);
  await page.route(isApps, async (route) => {
    const answer = await route.fetch();
    const list = (await answer.json()) as { items: { state: string }[] };
    for (const app of list.items) app.state = 'degraded';
    await route.fulfill({ response: answer, json: list });
  });
  await api.call('PUT', '/apps/hello/variables/MOVES_NOTHING', { value: 'x' });

  await expect(page.getByRole('button', { name: 'Show what failed' })).toBeVisible();
  await expect(shown).toHaveCount(before);
  const moves = await page.evaluate(() => (globalThis as unknown as Moves).moves.filter(({ by }) => by > 0.001));
  expect(moves).toEqual([]);
  await page.getByRole('button', { name: 'Show what failed' }).click();
  await expect(page.getByRole('region', { name: 'Needs attention' })).toBeFocused();
  await page.unroute(isApps);
  await api.call('DELETE', '/apps/hello/variables/MOVES_NOTHING');
});

test('a change that is staged elsewhere while an app’s page is open moves nothing', async () => {
  const api = await installation.api();
  const before = page.viewportSize()!;
  for (const size of [{ width: 1280, height: 720 }, { width: 360, height: 720 }]) {
    await page.setViewportSize(size);
    await open('/apps/hello');
    await settled(page);
    await page.evaluate(() => scrollTo(0, document.documentElement.scrollHeight));

    await api.call('PUT', '/apps/hello/variables/MOVES_NOTHING', { value: 'x' });
    await expect(page.getByText('1 staged change.')).toBeInViewport();
    await api.call('DELETE', '/apps/hello/variables/MOVES_NOTHING');
    await expect(page.getByText('1 staged change.')).toBeHidden();

    expect(await moved(`/apps/hello at ${size.width}`)).toEqual([]);
  }
  await page.setViewportSize(before);
});

// Last of those with data: the new organization is the one that is looked at from then on.
test('a new organization has empty screens that say what to do', async () => {
  await open('/organizations/new');
  await page.getByLabel('Name', { exact: true }).fill(`Empty ${Date.now().toString(36)}`);
  await page.getByRole('button', { name: 'Make organization' }).click();
  await expect(page.getByText(/Create your first app/)).toBeVisible();

  await eachOf(
    all.filter(({ empty }) => empty),
    async ({ path, empty }) => {
      await expect.soft(page.getByText(empty!).first(), path).toBeVisible();
      return mistakes(page, `${path}, empty`);
    },
  );
});

test('pages outside are without mistakes, too', async ({ browser }) => {
  const stranger = await (await browser.newContext()).newPage();
  const found: string[] = [];
  for (const [path, title] of [
    ['/sign-in', /Sign in|You are signed out/],
    ['/sign-in/code', 'Enter your code'],
    ['/setup', 'This page needs a setup link'],
    ['/invitation', 'This page needs an invitation link'],
    ['/', /Sign in|You are signed out/],
  ] as const) {
    await stranger.goto(installation.dashboard + path);
    await expect(stranger.getByRole('heading', { level: 1 })).toHaveText(title);
    found.push(...(await mistakes(stranger, path)));
  }
  await stranger.context().close();
  expect(found).toEqual([]);
});

test('the documents are there for everybody, found by a search, without mistakes on a phone and in the dark', async ({ browser }) => {
  const context = await browser.newContext({ viewport: { width: 360, height: 740 } });
  const stranger = await context.newPage();
  const refused: string[] = [];
  stranger.on('console', (message) => refused.push(message.text()));
  stranger.on('pageerror', (error) => refused.push(error.message));
  const found: string[] = [];
  for (const [path, title] of [
    ['/docs', 'Documentation'],
    ['/docs/configuration', 'Configuration'],
    ['/docs/first-app/', 'Your first app'],
  ] as const) {
    const answer = await stranger.goto(installation.dashboard + path);
    expect(await answer!.headerValue('content-encoding')).toBe('br');
    await expect(stranger.getByRole('heading', { level: 1 })).toHaveText(title);
    const width = await stranger.evaluate(() => document.documentElement.scrollWidth);
    if (width > 360) found.push(`${path}: ${width} px`);
    found.push(...(await mistakes(stranger, path)));
    await stranger.emulateMedia({ colorScheme: 'dark' });
    await stranger.reload();
    found.push(...(await mistakes(stranger, `${path}, dark`)));
    await stranger.emulateMedia({ colorScheme: 'light' });
  }

  await stranger.keyboard.press('/');
  await stranger.keyboard.type('disk full');
  await expect(stranger.getByRole('link', { name: /Troubleshooting.*The disk is full/ })).toBeVisible();
  found.push(...(await mistakes(stranger, 'search')));
  await stranger.keyboard.press('Enter');

  await expect(stranger).toHaveURL(/\/docs\/troubleshooting#the-disk-is-full$/);
  await context.close();
  expect(found).toEqual([]);
  expect(refused).toEqual([]);
});

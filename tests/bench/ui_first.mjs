// The browser of ui.first: loads pages cold and scrolls the long list in headless Chromium, and prints JSON.
// Usage: node ui_first.mjs load|list|record '{"url": …, "cookie": {name, value}, "throttle": 4, "rows": 10000}'
import { createRequire } from 'node:module';

const { chromium } = createRequire(new URL('../e2e/package.json', import.meta.url))('@playwright/test');
const [, , what, text] = process.argv;
const options = JSON.parse(text);
const browser = await chromium.launch({
  executablePath: '/usr/bin/chromium',
  args: ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking', '--disable-component-update'],
});

/** A browser without a cache; who is signed in there. */
async function fresh() {
  const context = await browser.newContext({ viewport: { width: 1280, height: 800 } });
  await context.addCookies([{ ...options.cookie, url: options.url }]);
  return context.newPage();
}

const seen = () => document.querySelectorAll('main h1').length > 0 && !document.querySelector('main [role=status][aria-label^=Loading]');

/** Waits until the page has had nothing to do for a while: what comes by itself after the first picture is there. */
const calm = (page) =>
  page.evaluate(async () => {
    for (let idle = 0; idle < 5; ++idle) await new Promise((done) => requestIdleCallback(() => requestAnimationFrame(done)));
  });

/** One cold visit: what came over the wire, when the largest thing was painted, and by how much the page moved. */
async function load() {
  const page = await fresh();
  const cdp = await page.context().newCDPSession(page);
  await cdp.send('Network.enable');
  if (options.throttle > 1) await cdp.send('Emulation.setCPUThrottlingRate', { rate: options.throttle });
  const asked = new Map();
  const bytes = { all: 0, scripts: 0 };
  let requests = 0;
  cdp.on('Network.responseReceived', ({ requestId, type, response }) => asked.set(requestId, { type, data: new URL(response.url).pathname.startsWith('/api/') }));
  cdp.on('Network.loadingFinished', ({ requestId, encodedDataLength }) => {
    const { type, data } = asked.get(requestId) ?? {};
    if (data || type === undefined) return;
    requests += 1;
    bytes.all += encodedDataLength;
    if (type === 'Script') bytes.scripts += encodedDataLength;
  });
  await page.addInitScript(() => {
    globalThis.told = { lcp: 0, fcp: 0, shift: 0 };
    new PerformanceObserver((list) => { for (const each of list.getEntries()) globalThis.told.lcp = each.startTime; }).observe({ type: 'largest-contentful-paint', buffered: true });
    new PerformanceObserver((list) => { for (const each of list.getEntries()) globalThis.told.shift += each.value; }).observe({ type: 'layout-shift', buffered: true });
    new PerformanceObserver((list) => { for (const each of list.getEntries()) if (each.name === 'first-contentful-paint') globalThis.told.fcp = each.startTime; }).observe({ type: 'paint', buffered: true });
  });
  await page.goto(options.url);
  await page.waitForFunction(seen);
  await calm(page);
  const told = await page.evaluate(() => globalThis.told);
  await page.context().close();
  return { lcp_ms: told.lcp, fcp_ms: told.fcp, layout_shift: told.shift, requests, bytes: bytes.all, script_bytes: bytes.scripts };
}

/** The answers of the API that the first page asks for, by path and query. */
async function record() {
  const page = await fresh();
  const answers = new Map();
  page.on('response', (response) => {
    const { pathname, search } = new URL(response.url());
    // Its text is still on the way; one that the page broke off has none.
    if (/^\/api\/v1\//.test(pathname) && !/feed|stream/.test(pathname)) answers.set(pathname + search, response.text().catch(() => null));
  });
  await page.goto(options.url);
  await page.waitForFunction(seen);
  await calm(page);
  const texts = await Promise.all([...answers].map(async ([path, text]) => [path, await text]));
  await page.context().close();
  return Object.fromEntries(texts.filter(([, text]) => text !== null));
}

/** The list of so many apps, scrolled through: frames a second, and the longest wait between two. */
async function list() {
  const page = await fresh();
  // Made longer in the page: what the list costs is measured, not some 20 MB that go through the browser's own protocol, and
  // that would begin anew whenever something changes while they are under way.
  await page.addInitScript((rows) => {
    const real = globalThis.fetch;
    globalThis.fetch = async (...asked) => {
      const answer = await real(...asked);
      if (!answer.ok || !/\/orgs\/[^/]+\/apps(\?|$)/.test(String(asked[0]))) return answer;
      const [app] = (await answer.json()).items;
      const items = Array.from({ length: rows }, (_, at) => ({ ...app, id: `${app.id.slice(0, -6)}${String(at).padStart(6, '0')}`, name: `app-${String(at).padStart(5, '0')}` }));
      return Response.json({ items, next_cursor: null });
    };
  }, options.rows);
  const wrong = [];
  page.on('response', (answer) => { if (answer.status() >= 400) wrong.push(`${answer.status()} ${answer.url()}`); });
  page.on('requestfailed', (request) => wrong.push(`${request.failure()?.errorText} ${request.url()}`));
  page.on('pageerror', (error) => wrong.push(error.message));
  page.on('crash', () => wrong.push('the page crashed'));
  await page.goto(options.url);
  await page.locator('[role=row] a', { hasText: 'app-00000' }).waitFor({ timeout: 120_000 }).catch(async (error) => {
    throw new Error(`no list; what went wrong: ${wrong.join(', ') || 'nothing'}; the page says: ${(await page.locator('body').innerText()).slice(0, 500)}`, { cause: error });
  });
  await calm(page);
  const drawn = await page.locator('[role=row]').count();
  const cdp = await page.context().newCDPSession(page);
  await page.evaluate(() => {
    const frames = (globalThis.frames = []);
    const tick = (at) => { frames.push(at); requestAnimationFrame(tick); };
    requestAnimationFrame(tick);
  });
  const runs = [];
  for (const speed of [2000, 8000]) {
    const from = await page.evaluate(() => globalThis.frames.length);
    await cdp.send('Input.synthesizeScrollGesture', { x: 700, y: 500, yDistance: -speed * 4, speed, gestureSourceType: 'mouse' });
    const frames = (await page.evaluate((first) => globalThis.frames.slice(first), from)).sort((a, b) => a - b);
    const gaps = frames.slice(1).map((at, index) => at - frames[index]).sort((a, b) => a - b);
    const seconds = (frames.at(-1) - frames[0]) / 1000;
    runs.push({ speed_px_s: speed, fps: gaps.length / seconds, longest_ms: gaps.at(-1), p99_ms: gaps[Math.floor(gaps.length * 0.99)] });
  }
  const scrolled = await page.evaluate(() => ({ y: scrollY, height: document.documentElement.scrollHeight }));
  await page.context().close();
  return { rows: options.rows, drawn, scrolled, runs };
}

try {
  console.log(JSON.stringify(await { load, list, record }[what]()));
} finally {
  await browser.close();
}

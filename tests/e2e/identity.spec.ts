import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { expect, test, type Browser, type Page } from '@playwright/test';

import { Authenticator } from './support/authenticator.js';
import { request } from './support/http.js';
import { Installation } from './support/installation.js';
import { mailTo, Peer } from './support/peers.js';
import { whFrom, type Ended } from './support/processes.js';

// The doors, by hand: an OpenID provider that plays Google, a mail server, people in browsers and a CLI. Each test goes on
// where the one before it ended.

test.describe.configure({ mode: 'serial' });

const installation = new Installation();
// An address belongs to one account for good, and an installation may see these tests again.
const run = Date.now().toString(36);
const accounts = {
  ann: { email: `ann-${run}@example.com`, email_verified: true, name: 'Ann Lee' },
  bob: { email: `bob-${run}@other.example`, email_verified: true, name: 'Bob Ray' },
};
let provider: Peer;
let mails: Peer;
let ann: Page;
let bob: Page;
let authenticator: Authenticator;
let recoveryCodes: string[] = [];
const knownAtProvider = new WeakSet<Page>();

test.beforeAll(async ({ browser }) => {
  const redirect = `${installation.dashboard}/api/v1/sign-in/callback`;
  provider = await Peer.start('oidc_provider.mjs', '--redirect', redirect, '--accounts', JSON.stringify(accounts));
  mails = await Peer.start('smtp_server.mjs');
  ann = await newBrowser(browser);
  bob = await newBrowser(browser);
});

test.afterAll(async () => {
  const api = await installation.api();
  await api.raw('DELETE', '/api/v1/settings/mail');
  const members = await api.call<{ items: { id: string; email: string | null }[] }>('GET', '/members');
  for (const { id, email } of members.items) {
    if (email === accounts.bob.email) await api.raw('DELETE', `/api/v1/orgs/${api.org}/members/${id}`);
  }
  // Neither is there when the first could not start.
  for (const peer of [provider, mails] as (Peer | undefined)[]) peer?.stop();
});

/** A browser of somebody else: nothing is shared with the others. */
const newBrowser = async (browser: Browser) => (await browser.newContext()).newPage();
const open = (page: Page, path: string) => page.goto(installation.dashboard + path);
const heading = (page: Page, name: string | RegExp) => expect(page.getByRole('heading', { name, level: 1 })).toBeVisible();
const holdsSession = async (page: Page) => (await page.context().cookies()).some(({ name }) => name === 'wh_session');

/** From the sign-in page over the provider, as this account. */
async function signInAs(page: Page, account: keyof typeof accounts): Promise<void> {
  await page.getByRole('link', { name: /^Sign in with / }).click();
  await chooseAt(page, account);
}
/** The provider asks who it is, in each browser once. */
async function chooseAt(page: Page, account: keyof typeof accounts): Promise<void> {
  if (knownAtProvider.has(page)) return;
  knownAtProvider.add(page);
  await page.getByRole('button', { name: account, exact: true }).click();
}
async function enterCode(page: Page, code: string): Promise<void> {
  await heading(page, 'Enter your code');
  await page.getByLabel('Code', { exact: true }).fill(code);
  await page.getByRole('button', { name: 'Go on' }).click();
}
async function signOut(page: Page): Promise<void> {
  await page.getByRole('button', { name: 'Account and theme' }).click();
  await page.getByRole('menuitem', { name: 'Sign out' }).click();
  await heading(page, 'Sign in');
}

test('the setup link makes the first owner, who connects the provider and signs in with it from then on', async () => {
  await ann.goto(await installation.setupLink());
  await heading(ann, 'Overview');
  await open(ann, '/account/installation');
  const panel = ann.locator('form').filter({ has: ann.getByLabel('Issuer') });
  await panel.getByLabel('Issuer').fill(provider.place);
  await panel.getByLabel('Client id').fill('wisehosting');
  await panel.getByLabel('Client secret').fill('a-client-secret');
  await panel.getByRole('button', { name: /^(Connect|Save)$/ }).click(); // Save: it was connected by an earlier run
  await expect(ann.getByText('The sign-in provider is connected')).toBeVisible();

  await open(ann, '/account');
  await ann.getByRole('button', { name: /^Connect / }).click();
  await chooseAt(ann, 'ann');
  await expect(ann.getByRole('list', { name: 'Sign-in accounts' })).toContainText(accounts.ann.email);
  await signOut(ann);
  expect(await holdsSession(ann)).toBe(false);

  await signInAs(ann, 'ann');
  await heading(ann, 'Account'); // where they were
  await expect(ann.getByRole('link', { name: 'Installation' })).toBeVisible();
});

test('somebody with an account at the provider but without an invitation sees nothing', async () => {
  await open(bob, '/');
  await signInAs(bob, 'bob');
  await heading(bob, 'You belong to no organization');
});

test('the second person is invited by e-mail, signs in and belongs', async ({ browser }) => {
  await open(ann, '/account/installation');
  const panel = ann.locator('form').filter({ has: ann.getByLabel('Sender') });
  await panel.getByLabel('Server').fill(`smtp+plain://127.0.0.1:${mails.place}`);
  await panel.getByLabel('Sender').fill('wisehosting@example.com');
  await panel.getByRole('button', { name: 'Save' }).click();
  await expect(ann.getByText('The mail server is set')).toBeVisible();
  await open(ann, '/organization/members');
  await ann.getByRole('button', { name: 'Invite' }).click();
  await ann.getByLabel('E-mail (optional)').fill(accounts.bob.email);
  await ann.getByRole('button', { name: 'Make link' }).click();
  await expect(ann.getByText(`It goes to ${accounts.bob.email} by e-mail.`)).toBeVisible();
  const mail = await mailTo(mails, accounts.bob.email, /invit/i);
  const link = /\S+\/invitation#\S+/.exec(mail.text)![0];

  await bob.context().clearCookies({ domain: 'localhost' });
  await bob.goto(link);
  await heading(bob, /^Join /);
  expect(bob.url()).not.toContain('#');
  await signInAs(bob, 'bob');
  await bob.getByRole('button', { name: 'Accept' }).click();
  await heading(bob, 'Overview');

  await open(ann, '/organization/members');
  await expect(ann.getByRole('row').filter({ hasText: accounts.bob.email })).toContainText('member');
  const third = await newBrowser(browser);
  await third.goto(link);
  await heading(third, 'This invitation does not work');
  await third.context().close();
});

test('with an authenticator the provider alone signs nobody in, and a wrong code is refused', async () => {
  await open(bob, '/account/security');
  await bob.getByRole('button', { name: 'Turn on…' }).click();
  await bob.getByRole('button', { name: 'Show the key' }).click();
  await expect(bob.getByRole('img', { name: /^QR code/ })).toBeVisible();
  authenticator = new Authenticator(await bob.getByRole('dialog').locator('code').innerText());
  await bob.getByLabel('Code', { exact: true }).fill(authenticator.code());
  await bob.getByRole('button', { name: 'Turn on', exact: true }).click();
  recoveryCodes = await bob.getByRole('list', { name: 'Recovery codes' }).getByRole('listitem').allInnerTexts();
  expect(new Set(recoveryCodes).size).toBe(10);
  await bob.getByRole('button', { name: 'I have kept them' }).click();
  await expect(bob.getByText('10 recovery codes left')).toBeVisible();
  await signOut(bob);

  await signInAs(bob, 'bob');
  await enterCode(bob, authenticator.wrongCode());
  await expect(bob.getByRole('alert')).toContainText('This code is not right, or it was used already.');
  expect(await holdsSession(bob)).toBe(false);
  await open(bob, '/');
  await heading(bob, 'Sign in');

  await signInAs(bob, 'bob');
  await enterCode(bob, authenticator.code());
  await heading(bob, 'Overview');
});

test('a recovery code signs in once', async () => {
  await signOut(bob);
  await signInAs(bob, 'bob');
  await enterCode(bob, recoveryCodes[0]!);
  await heading(bob, 'Overview');
  await open(bob, '/account/security');
  await expect(bob.getByText('9 recovery codes left')).toBeVisible();

  await signOut(bob);
  await signInAs(bob, 'bob');
  await enterCode(bob, recoveryCodes[0]!);
  await expect(bob.getByRole('alert')).toContainText('This code is not right, or it was used already.');
  expect(await holdsSession(bob)).toBe(false);
  await enterCode(bob, recoveryCodes[1]!);
  await heading(bob, 'Account');
});

test('signing out everywhere ends the other browser at once, and not this one', async ({ browser }) => {
  const other = await newBrowser(browser);
  await open(other, '/apps/hello');
  await signInAs(other, 'bob');
  await enterCode(other, recoveryCodes[2]!);
  await heading(other, 'hello');
  await mailTo(mails, accounts.bob.email, /new device/i);
  const cookie = (await other.context().cookies()).find(({ name }) => name === 'wh_session')!.value;

  await open(bob, '/account/security');
  await expect(bob.getByRole('list', { name: 'Sessions' }).getByRole('listitem')).toHaveCount(2);
  await bob.getByRole('button', { name: 'Sign out everywhere else' }).click();
  await bob.getByRole('dialog').getByRole('button', { name: 'Sign out everywhere else' }).click();
  await expect(bob.getByText('1 other sign-in ended')).toBeVisible();

  // Nobody touches it: its stream was cut, and it asks who is signed in.
  await heading(other, 'Sign in');
  const answer = await request(`${installation.dashboard}/api/v1/me`, { headers: { cookie: `wh_session=${cookie}` } });
  expect(answer.status).toBe(401);
  await expect(bob.getByRole('list', { name: 'Sessions' }).getByRole('listitem')).toHaveCount(1);
  await other.context().close();
});

test.describe('the command line signs in by a code that is confirmed in the browser', () => {
  let home: string;
  const wh = (...args: string[]) => whFrom(installation.program('wh'), home, args);
  test.beforeAll(() => {
    home = mkdtempSync(join(tmpdir(), 'wh-e2e-cli-'));
  });
  test.afterAll(() => rmSync(home, { recursive: true, force: true }));

  /** `wh login`, and what it says to open. */
  async function login(): Promise<{ page: string; code: string; ended: Promise<Ended> }> {
    const running = wh('login', '--server', installation.dashboard);
    const text = await running.says(/confirm the code \S+\./);
    const page = /Open (\S+)/.exec(text)![1]!;
    return { page, code: /confirm the code (\S+)\./.exec(text)![1]!, ended: running.ended };
  }

  test('refused: it gets nothing', async () => {
    const { page, ended } = await login();
    await bob.goto(page);
    await bob.getByRole('button', { name: 'Refuse' }).click();
    await expect(bob.getByText(/was refused\. Nothing was given to it\./)).toBeVisible();

    const { code, stderr } = await ended;
    expect(code, stderr).not.toBe(0);
    expect((await wh('whoami').ended).code).not.toBe(0);
  });

  test('confirmed: it is that person, until it signs out', async () => {
    const { page, code, ended } = await login();
    await bob.goto(page);
    await expect(bob.getByText(code, { exact: true })).toBeVisible();
    await bob.getByRole('button', { name: 'Confirm' }).click();
    await expect(bob.getByText(/is signed in as you/)).toBeVisible();
    const signedIn = await ended;
    expect(signedIn.code, signedIn.stderr).toBe(0);
    expect((await wh('whoami').ended).stdout).toContain('Bob Ray, member of');
    await open(bob, '/account/security');
    await expect(bob.getByRole('list', { name: 'Signed-in programs' }).getByRole('listitem')).toHaveCount(1);
    const { session } = JSON.parse(readFileSync(join(home, 'context.json'), 'utf8')) as { session: string };
    const asked = () => request(`${installation.dashboard}/api/v1/me`, { headers: { authorization: `Bearer ${session}` } });
    expect((await asked()).status).toBe(200);

    expect((await wh('logout').ended).code).toBe(0);

    expect((await asked()).status).toBe(401);
    expect((await wh('whoami').ended).code).not.toBe(0);
    await open(bob, '/account/security');
    await expect(bob.getByText('None. A terminal signs in by a code that you confirm here.')).toBeVisible();
  });
});

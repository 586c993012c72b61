import { screen, waitFor, within } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { HttpResponse } from 'msw';
import { beforeEach, describe, expect, it, vi } from 'vitest';

import { paths } from '@/api/paths';
import * as provider from '@/lib/provider';
import { setTheme } from '@/lib/theme';
import { axeFindings } from '@/test/axe';
import { session } from '@/test/data';
import { renderApp } from '@/test/render-app';
import { del, get, page, patch, post, problem, put, server } from '@/test/server';

const at = '2026-11-21T10:00:00.000Z';
const later = '2027-02-19T10:00:00.000Z';
const me = (over: object = {}) => ({
  person: { id: 'person-1', name: 'Operator', email: 'op@example.com', is_operator: true, disabled: false },
  credential: { kind: 'session', id: 's1', expires_at: later, scope: 'admin', projects: [], fresh_until: null, second_factor: false },
  totp_on: true,
  ...over,
});
const browser = (id: string, current: boolean) => ({
  id,
  device: current ? 'Firefox on Linux' : 'Safari on iPhone',
  address: '203.0.113.7',
  created_at: at,
  last_used_at: at,
  expires_at: later,
  second_factor: true,
  current,
});
const token = {
  id: 't1',
  name: 'CI',
  prefix: 'wh_pat_ab12',
  scope: 'deploy',
  projects: [],
  created_at: at,
  expires_at: '2999-01-01T00:00:00.000Z',
  last_used_at: null,
  made_by: 'Operator',
};
const fresh = () => problem({ status: 403, code: 'reauthentication.required', detail: 'Prove once more.' });

beforeEach(() => {
  server.use(
    get(paths.me, () => me()),
    get(paths.sessions, () => page([browser('s1', true), browser('s2', false)])),
    get(paths.clis, () => page([])),
    get(paths.totp, () => ({ on: false, since: null, recovery_codes_left: 0 })),
    get(paths.tokens(null), () => page([token])),
    get(paths.sshKeys, () => page([])),
    get(paths.projects('home'), () => page([])),
  );
});

describe('profile', () => {
  it('changes the name and the theme', async () => {
    const sent: unknown[] = [];
    server.use(
      patch(paths.me, (body) => {
        sent.push(body);
        return HttpResponse.json({});
      }),
    );
    renderApp('/account');
    const name = await screen.findByLabelText('Name');
    expect(await axeFindings()).toEqual([]);

    await userEvent.clear(name);
    await userEvent.type(name, 'Ada{Enter}');
    expect(await screen.findByText('Your name is changed')).toBeTruthy();
    expect(sent).toEqual([{ name: 'Ada' }]);

    await userEvent.click(screen.getByLabelText('Dark'));
    expect(document.documentElement.classList.contains('dark')).toBe(true);
    await waitFor(() => expect(sent).toEqual([{ name: 'Ada' }, { theme: 'dark' }]));
    setTheme('system');
  });

  it('has the theme that was chosen in another browser', async () => {
    server.use(get(paths.session, () => ({ ...session(), theme: 'dark' })));
    renderApp('/account');

    await waitFor(() => expect(document.documentElement.classList.contains('dark')).toBe(true));
    expect(await screen.findByLabelText<HTMLInputElement>('Dark')).toHaveProperty('checked', true);
    setTheme('system');
  });

  it('says that a theme could not be saved', async () => {
    server.use(patch(paths.me, () => problem({ status: 409, detail: 'Not now.' })));
    renderApp('/account');

    await userEvent.click(await screen.findByLabelText('Dark'));

    expect(await screen.findByText('The theme could not be saved')).toBeTruthy();
    expect(document.documentElement.classList.contains('dark')).toBe(true);
    setTheme('system');
  });

  it('says why it cannot be shown', async () => {
    server.use(get(paths.me, () => problem({ status: 403, detail: 'Not with this.' })));

    renderApp('/account');

    expect(await screen.findByText('Not with this.')).toBeTruthy();
  });
});

describe('sessions', () => {
  it('ends one, and all others', async () => {
    const ended: string[] = [];
    server.use(
      del(paths.oneSession('s2'), () => {
        ended.push('s2');
        return new HttpResponse(null, { status: 204 });
      }),
      del(paths.sessions, () => HttpResponse.json({ ended: 3 })),
    );
    renderApp('/account/security');
    const list = within(await screen.findByRole('list', { name: 'Sessions' }));
    expect(list.getByText('This browser')).toBeTruthy();
    expect(list.getAllByRole('button')).toHaveLength(1);
    expect(await screen.findByText(/A terminal signs in by a code/)).toBeTruthy();

    await userEvent.click(list.getByRole('button', { name: 'End the session Safari on iPhone, 203.0.113.7' }));
    await userEvent.click(screen.getByRole('button', { name: 'Sign out everywhere else' }));
    await userEvent.click(within(await screen.findByRole('dialog')).getByRole('button', { name: 'Sign out everywhere else' }));

    expect(await screen.findByText('3 other sign-ins ended')).toBeTruthy();
    expect(ended).toEqual(['s2']);
  });
});

describe('authenticator', () => {
  it('is turned on after a fresh proof, with a picture and a key, and gives recovery codes once', async () => {
    let proved = false;
    server.use(
      post(paths.totp, () =>
        proved ? HttpResponse.json({ secret: 'JBSWY3DP', uri: 'otpauth://totp/x', qr_svg: '<svg xmlns="http://www.w3.org/2000/svg"/>' }) : fresh(),
      ),
      post(paths.proof, () => {
        proved = true;
        return new HttpResponse(null, { status: 204 });
      }),
      post(paths.totpAction('confirm'), (body) => HttpResponse.json({ recovery_codes: [JSON.stringify(body), 'BBBB'] })),
    );
    renderApp('/account/security');

    await userEvent.click(await screen.findByRole('button', { name: 'Turn on…' }));
    const dialog = within(await screen.findByRole('dialog'));
    await userEvent.click(dialog.getByRole('button', { name: 'Show the key' }));
    await userEvent.type(await dialog.findByLabelText('Code of your authenticator'), '111111');
    await userEvent.click(dialog.getByRole('button', { name: 'Prove and go on' }));

    expect(await dialog.findByText('JBSWY3DP')).toBeTruthy();
    expect(dialog.getByRole('img').getAttribute('src')).toMatch(/^data:image\/svg\+xml,%3Csvg/);
    expect(await axeFindings()).toEqual([]);
    await userEvent.type(dialog.getByLabelText('Code'), '222222');
    await userEvent.click(dialog.getByRole('button', { name: 'Turn on' }));

    const codes = within(await dialog.findByRole('list', { name: 'Recovery codes' }));
    expect(codes.getByText('{"code":"222222"}')).toBeTruthy();
    expect(codes.getByText('BBBB')).toBeTruthy();
  });

  it('is turned off with a code, and a wrong one is refused', async () => {
    const codes: unknown[] = [];
    server.use(
      get(paths.totp, () => ({ on: true, since: at, recovery_codes_left: 2 })),
      post(paths.totpAction('disable'), (body) => {
        codes.push(body);
        return codes.length === 1 ? problem({ status: 403, code: 'code.wrong', detail: 'Not right.' }) : new HttpResponse(null, { status: 204 });
      }),
    );
    renderApp('/account/security');
    expect(await screen.findByText(/2 recovery codes left/)).toBeTruthy();

    await userEvent.click(screen.getByRole('button', { name: 'Turn off…' }));
    const dialog = within(await screen.findByRole('dialog'));
    await userEvent.type(dialog.getByLabelText('Code'), '1{Enter}');
    expect(await dialog.findByText('Not right.')).toBeTruthy();
    await userEvent.type(dialog.getByLabelText('Code'), '2{Enter}');

    expect(await screen.findByText('Your authenticator is off')).toBeTruthy();
    expect(codes).toEqual([{ code: '1' }, { code: '12' }]);
  });
});

describe('tokens and keys', () => {
  it('shows a new token once, and revokes one', async () => {
    const sent: unknown[] = [];
    server.use(
      post(paths.tokens(null), (body) => {
        sent.push(body);
        return HttpResponse.json({ token: 'wh_pat_secret', info: token }, { status: 201 });
      }),
      del(paths.token(null, 't1'), () => new HttpResponse(null, { status: 204 })),
    );
    renderApp('/account/tokens');
    expect(await screen.findByText('wh_pat_ab12…')).toBeTruthy();
    expect(await axeFindings()).toEqual([]);

    await userEvent.click(screen.getByRole('button', { name: 'Make token' }));
    const dialog = within(await screen.findByRole('dialog'));
    await userEvent.type(dialog.getByLabelText('Name'), 'CI');
    await userEvent.selectOptions(dialog.getByLabelText('May'), 'read');
    await userEvent.click(dialog.getByRole('button', { name: 'Make token' }));
    expect(await dialog.findByText('wh_pat_secret')).toBeTruthy();
    expect(sent).toEqual([{ name: 'CI', scope: 'read', projects: [], days: 90 }]);
    await userEvent.click(dialog.getByRole('button', { name: 'I have kept it' }));
    expect(screen.queryByText('wh_pat_secret')).toBeNull();

    await userEvent.click(screen.getByRole('button', { name: 'Revoke CI' }));
    await userEvent.click(within(await screen.findByRole('dialog')).getByRole('button', { name: 'Revoke' }));
    expect(await screen.findByText('The token is void')).toBeTruthy();
  });

  it('adds an SSH key under the name that it carries', async () => {
    const sent: unknown[] = [];
    server.use(
      post(paths.sshKeys, (body) => {
        sent.push(body);
        return HttpResponse.json({}, { status: 201 });
      }),
    );
    renderApp('/account/tokens');

    await userEvent.click(await screen.findByRole('button', { name: 'Add key' }));
    const dialog = within(await screen.findByRole('dialog'));
    await userEvent.type(dialog.getByLabelText('Public key'), 'ssh-ed25519 AAAA ada@laptop');
    await userEvent.click(dialog.getByRole('button', { name: 'Add key' }));

    expect(await screen.findByText('The key was added')).toBeTruthy();
    expect(sent).toEqual([{ name: 'ada@laptop', public_key: 'ssh-ed25519 AAAA ada@laptop' }]);
  });
});

describe('installation', () => {
  const settings = {
    issuer: 'https://accounts.google.com',
    client_id: '',
    allowed_domains: [],
    allowed_emails: [],
    from_configuration: false,
    redirect_uri: 'http://localhost:7070/api/v1/sign-in/callback',
  };

  it('connects a provider, after the operator proved themselves there', async () => {
    const sent: unknown[] = [];
    const leave = vi.spyOn(provider, 'leaveFor').mockReturnValue(undefined);
    server.use(
      get(paths.me, () => me({ totp_on: false })),
      get(paths.signIn, () => ({ ready: true, issuer: 'https://id.example.com', is_google: false })),
      get(paths.providerSettings, () => settings),
      get(paths.mailSettings, () => ({ set_up: false, url: '', username: '', has_password: false, sender: '' })),
      put(paths.providerSettings, (body) => {
        sent.push(body);
        return fresh();
      }),
      post(paths.identityAction('start'), () => HttpResponse.json({ location: 'https://id.example.com/authorize' })),
    );
    renderApp('/account/installation');
    await userEvent.type(await screen.findByLabelText('Client id'), 'client-1');
    expect(await axeFindings()).toEqual([]);
    await userEvent.type(screen.getByLabelText('Client secret'), 'hush');
    await userEvent.type(screen.getByLabelText('Allowed domains'), 'example.com');
    await userEvent.click(screen.getByRole('button', { name: 'Connect' }));
    await userEvent.click(await screen.findByRole('button', { name: 'Sign in with id.example.com again' }));

    await vi.waitFor(() => expect(leave).toHaveBeenCalledWith('https://id.example.com/authorize'));
    expect(sent).toEqual([
      {
        issuer: 'https://accounts.google.com',
        client_id: 'client-1',
        client_secret: 'hush',
        allowed_domains: ['example.com'],
        allowed_emails: [],
      },
    ]);
  });
});

import { screen, waitFor, within } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { HttpResponse } from 'msw';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import { paths } from '@/api/paths';
import type { Organization } from '@/api/types';
import { chooseOrganization } from '@/lib/organization';
import { axeFindings } from '@/test/axe';
import { app, session } from '@/test/data';
import { FakeEventSource } from '@/test/fake-event-source';
import { renderApp } from '@/test/render-app';
import { del, get, page, patch, post, problem, put, server } from '@/test/server';

const at = '2026-11-21T10:00:00.000Z';
const organization = (over: Partial<Organization> = {}): Organization => ({
  id: 'organization-1',
  slug: 'home',
  name: 'Home',
  role: 'owner',
  second_factor_required: false,
  created_at: at,
  deleted_at: null,
  erased_at: null,
  limits: {
    apps: { used: 3, most: 3 },
    replicas: { used: 3, most: null },
    memory_bytes: { used: 1_000_000_000, most: null },
    build_minutes: { used: 5, most: 100 },
  },
  ...over,
});
const member = (over: object = {}) => ({
  id: 'person-2',
  name: 'Ada',
  email: 'ada@example.com',
  role: 'member',
  permissions: [],
  custom: false,
  limited_to_projects: false,
  projects: [],
  since: at,
  ...over,
});
const project = { id: 'project-1', slug: 'shop', name: 'Shop', apps: 1, created_at: at, updated_at: at };

afterEach(() => chooseOrganization(null));

describe('organization switcher', () => {
  it('shows the apps of another organization, follows its feed, and remembers it', async () => {
    server.use(
      get(paths.orgs, () => page([organization(), organization({ id: 'o2', slug: 'acme', name: 'Acme', role: 'viewer' })])),
      get(paths.org('acme'), () => organization({ id: 'o2', slug: 'acme', name: 'Acme', role: 'viewer' })),
      get(paths.apps('home'), () => page([app()])),
      get(paths.apps('acme'), () => page([app({ id: 'app-9', name: 'roadrunner' })])),
    );
    renderApp('/');
    expect(await screen.findByRole('link', { name: 'hello' })).toBeTruthy();

    await userEvent.click(screen.getByRole('button', { name: 'Organization' }));
    await userEvent.click(await screen.findByRole('menuitemradio', { name: /Acme/ }));

    expect(await screen.findByRole('link', { name: 'roadrunner' })).toBeTruthy();
    expect(screen.queryByRole('link', { name: 'hello' })).toBeNull();
    expect(FakeEventSource.to('/feed')?.url).toBe(paths.orgFeed('acme'));
    expect(localStorage.getItem('wh.organization')).toBe('acme');
  });

  it('falls back to the own one when the chosen one is gone', async () => {
    chooseOrganization('gone');
    server.use(
      get(paths.org('gone'), () => problem({ status: 404, code: 'organization.not_found' })),
      get(paths.apps('home'), () => page([app()])),
    );

    renderApp('/');

    expect(await screen.findByRole('link', { name: 'hello' })).toBeTruthy();
    expect(localStorage.getItem('wh.organization')).toBeNull();
  });
});

describe('organization settings', () => {
  beforeEach(() => server.use(get(paths.members('home'), () => page([member()]))));

  it('renames it, and shows what is allowed and used', async () => {
    const sent: unknown[] = [];
    server.use(
      get(paths.org('home'), () => organization()),
      patch(paths.org('home'), (body) => {
        sent.push(body);
        return HttpResponse.json(organization({ name: 'Casa' }));
      }),
    );
    renderApp('/organization');
    const name = await screen.findByLabelText('Name');
    expect(screen.getByText('reached')).toBeTruthy();
    expect(await axeFindings()).toEqual([]);

    await userEvent.clear(name);
    await userEvent.type(name, 'Casa{Enter}');

    expect(await screen.findByText('The organization was changed')).toBeTruthy();
    expect(sent).toEqual([{ name: 'Casa' }]);
  });

  it('is deleted after its name was typed, and brought back', async () => {
    let deleted = false;
    server.use(
      get(paths.org('home'), () => organization(deleted ? { deleted_at: at, erased_at: '2026-11-22T10:00:00.000Z' } : {})),
      del(paths.org('home'), () => {
        deleted = true;
        return HttpResponse.json(organization(), { status: 202 });
      }),
      post(paths.orgAction('home', 'undo'), () => {
        deleted = false;
        return HttpResponse.json(organization(), { status: 202 });
      }),
    );
    renderApp('/organization');

    await userEvent.click(await screen.findByRole('button', { name: 'Delete organization…' }));
    const dialog = within(await screen.findByRole('dialog'));
    const button = dialog.getByRole('button', { name: 'Delete organization' });
    expect(button.hasAttribute('disabled')).toBe(true);
    await userEvent.type(dialog.getByLabelText('Type home to confirm'), 'home');
    await userEvent.click(button);

    await userEvent.click(await screen.findByRole('button', { name: 'Bring it back' }));
    await waitFor(() => expect(screen.queryByText('Home was deleted.')).toBeNull());
  });

  it('offers a viewer nothing that they may not do', async () => {
    server.use(
      get(paths.session, () => ({ ...session(), role: 'viewer', permissions: ['organization:read', 'member:read'] })),
      get(paths.org('home'), () => organization({ role: 'viewer' })),
    );
    renderApp('/organization');

    expect(await screen.findByText('Admins and owners can change this.')).toBeTruthy();
    expect(screen.queryByRole('button', { name: 'Delete organization…' })).toBeNull();
    expect(screen.queryByRole('link', { name: 'Tokens' })).toBeNull();
  });
});

describe('members', () => {
  it('changes a role and a role in one project, and removes somebody', async () => {
    const sent: unknown[] = [];
    const answer = (body: unknown) => {
      sent.push(body);
      return HttpResponse.json(member());
    };
    server.use(
      get(paths.members('home'), () => page([member({ id: 'person-1', name: 'Operator', role: 'owner' }), member()])),
      get(paths.invitations('home'), () => page([])),
      get(paths.projects('home'), () => page([project])),
      patch(paths.member('home', 'person-2'), answer),
      put(paths.memberProject('home', 'person-2', 'shop'), answer),
      del(paths.member('home', 'person-2'), () => new HttpResponse(null, { status: 204 })),
    );
    renderApp('/organization/members');
    await userEvent.click(await screen.findByRole('button', { name: 'Change Ada' }));
    expect(await axeFindings()).toEqual([]);
    expect(screen.queryByRole('button', { name: 'Remove Operator' })).toBeNull();
    const dialog = within(await screen.findByRole('dialog'));

    await userEvent.selectOptions(await dialog.findByLabelText('Role in Shop'), 'admin');
    await userEvent.selectOptions(dialog.getByLabelText('Role everywhere'), 'viewer');
    await userEvent.click(dialog.getByRole('button', { name: 'Save' }));
    expect(await screen.findByText('Ada was changed')).toBeTruthy();
    expect(sent).toEqual([{ role: 'admin' }, { role: 'viewer' }]);

    await userEvent.click(screen.getByRole('button', { name: 'Remove Ada' }));
    await userEvent.click(within(await screen.findByRole('dialog')).getByRole('button', { name: 'Remove' }));
    expect(await screen.findByText('The member was removed')).toBeTruthy();
  });

  it('makes an invitation link that is shown once, and takes one back', async () => {
    const open = { id: 'i1', role: 'viewer', email: null, invited_by: 'Operator', created_at: at, expires_at: at };
    const revoked: string[] = [];
    server.use(
      get(paths.members('home'), () => page([])),
      get(paths.invitations('home'), () => page([open])),
      post(paths.invitations('home'), () => HttpResponse.json({ invitation: open, link: 'http://localhost/invitation#tok', mailed: false }, { status: 201 })),
      del(paths.invitation('home', 'i1'), () => {
        revoked.push('i1');
        return new HttpResponse(null, { status: 204 });
      }),
    );
    renderApp('/organization/members');

    await userEvent.click(await screen.findByRole('button', { name: 'Invite' }));
    const dialog = within(await screen.findByRole('dialog'));
    await userEvent.click(dialog.getByRole('button', { name: 'Make link' }));
    expect(await dialog.findByText('http://localhost/invitation#tok')).toBeTruthy();
    await userEvent.click(dialog.getByRole('button', { name: 'Done' }));
    await userEvent.click(screen.getByRole('button', { name: 'Take back the invitation: Whoever has the link' }));

    expect(await screen.findByText('The invitation is void')).toBeTruthy();
    expect(revoked).toEqual(['i1']);
  });

  it('says that members may not be seen', async () => {
    server.use(
      get(paths.members('home'), () => problem({ status: 403, detail: 'Your role does not allow it.' })),
      get(paths.invitations('home'), () => page([])),
    );

    renderApp('/organization/members');

    expect(await screen.findByText('You may not see this')).toBeTruthy();
  });
});

describe('invitation', () => {
  const offer = { organization: 'Acme', role: 'member', invited_by: 'Ada', expires_at: at };
  afterEach(() => {
    window.location.hash = '';
    sessionStorage.clear();
  });

  it('shows what it offers, and joins', async () => {
    const tokens: unknown[] = [];
    server.use(
      post(paths.invitationLook, () => HttpResponse.json(offer)),
      post(paths.invitationAccept, (body) => {
        tokens.push(body);
        return HttpResponse.json(organization({ id: 'o2', slug: 'acme', name: 'Acme' }));
      }),
      get(paths.org('acme'), () => organization({ id: 'o2', slug: 'acme', name: 'Acme' })),
      get(paths.apps('acme'), () => page([])),
    );
    window.location.hash = '#tok';
    renderApp('/invitation');
    expect(await screen.findByRole('heading', { name: 'Join Acme' })).toBeTruthy();
    expect(await axeFindings()).toEqual([]);

    await userEvent.click(await screen.findByRole('button', { name: 'Accept' }));

    expect(await screen.findByText('Create your first app')).toBeTruthy();
    expect(tokens).toEqual([{ token: 'tok' }]);
  });

  it('has somebody without a session sign in first, and keeps the token for their return', async () => {
    server.use(
      get(paths.session, () => problem({ status: 401, code: 'unauthenticated' })),
      get(paths.signIn, () => ({ ready: true, issuer: 'https://accounts.google.com', is_google: true })),
      post(paths.invitationLook, () => HttpResponse.json(offer)),
    );
    window.location.hash = '#tok';
    renderApp('/invitation');

    const link = await screen.findByRole('link', { name: 'Sign in with Google' });
    link.addEventListener('click', (event) => event.preventDefault());
    await userEvent.click(link);

    expect(sessionStorage.getItem('wh.invitation')).toBe('tok');
  });

  it('says that it does not work any more', async () => {
    server.use(post(paths.invitationLook, () => problem({ status: 403, detail: 'This invitation is used or too old.' })));
    window.location.hash = '#old';

    renderApp('/invitation');

    expect(await screen.findByText('This invitation is used or too old.')).toBeTruthy();
  });
});

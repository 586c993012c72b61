import { fireEvent, screen, within } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { HttpResponse } from 'msw';
import { beforeEach, describe, expect, it } from 'vitest';

import { paths, type VariableScope } from '@/api/paths';
import { axeFindings } from '@/test/axe';
import { app, session } from '@/test/data';
import { renderApp } from '@/test/render-app';
import { get, page, patch, post, problem, server } from '@/test/server';

const at = '2026-11-21T10:00:00.000Z';
const scope: VariableScope = { kind: 'app', app: 'hello' };
const variables = paths.scopeVariables('home', scope);
const variable = (over: object = {}) => ({
  name: 'LOG_LEVEL',
  updated_at: at,
  staged: false,
  level: 'app',
  build_time: false,
  run_time: true,
  expand: false,
  refers_to: [],
  fingerprint: '0a1b2c3d4e5f6071',
  hides: [],
  ...over,
});
const side = (fingerprint: string) => ({ fingerprint, build_time: false, run_time: true, expand: false });
const nothingStaged = { variables: [], settings: [], problems: [] };

beforeEach(() => {
  server.use(
    get(paths.app('home', 'hello'), () => app()),
    get(variables, () => page([variable(), variable({ name: 'REGION', level: 'organization' })])),
    get(paths.staged('home', 'hello'), () => nothingStaged),
  );
});

describe('variables editor', () => {
  it('collects changes in a draft, shows their diff, and stages them', async () => {
    const sent: unknown[] = [];
    server.use(
      patch(variables, (body) => {
        sent.push(body);
        return HttpResponse.json({
          applied: false,
          items: [
            { name: 'LOG_LEVEL', change: 'removed', before: side('0a1b2c3d4e5f6071'), after: null },
            { name: 'NEW_ONE', change: 'added', before: null, after: side('ffff00001111') },
          ],
        });
      }),
    );
    renderApp('/apps/hello/variables');
    expect((await screen.findAllByText('organization')).length).toBeGreaterThan(0);
    expect(screen.queryByRole('button', { name: 'Remove REGION' })).toBeNull();
    expect(await axeFindings()).toEqual([]);

    await userEvent.click(screen.getByRole('button', { name: 'Remove LOG_LEVEL' }));
    await userEvent.click(screen.getByRole('button', { name: 'Add' }));
    const form = within(await screen.findByRole('dialog'));
    await userEvent.type(form.getByLabelText('Variable name'), 'NEW_ONE');
    await userEvent.type(form.getByLabelText('Value'), 'several{Enter}lines');
    await userEvent.click(form.getByRole('button', { name: 'Keep in the draft' }));
    expect(screen.getByText('2 changes in the draft, not saved yet.')).toBeTruthy();
    await userEvent.click(screen.getByRole('button', { name: 'Review changes' }));

    const review = within(await screen.findByRole('dialog'));
    const diff = within(await review.findByRole('table', { name: 'Changes' }));
    expect(diff.getByText('removed')).toBeTruthy();
    expect(diff.getByText(/ffff00001111/)).toBeTruthy();
    await userEvent.click(review.getByRole('button', { name: 'Stage 2 changes' }));

    expect(await screen.findByText('The changes are staged')).toBeTruthy();
    const change = {
      set: [{ name: 'NEW_ONE', value: 'several\nlines', build_time: false, run_time: true, expand: false }],
      unset: ['LOG_LEVEL'],
    };
    expect(sent[0]).toEqual({ ...change, dry_run: true });
    expect(sent.at(-1)).toEqual(change);
    expect(screen.queryByText(/in the draft/)).toBeNull();
  });

  it('LOG_09: says of a value under six bytes that logs show it', async () => {
    renderApp('/apps/hello/variables');
    await userEvent.click(await screen.findByRole('button', { name: 'Add' }));
    const form = within(await screen.findByRole('dialog'));
    const warning = () => form.queryByText(/logs show this value as it is/);
    expect(warning()).toBeNull();

    await userEvent.type(form.getByLabelText('Value'), '12345');
    expect(warning()).toBeTruthy();
    expect(await axeFindings()).toEqual([]);
    await userEvent.type(form.getByLabelText('Value'), '6');
    expect(warning()).toBeNull();
    await userEvent.clear(form.getByLabelText('Value'));
    await userEvent.type(form.getByLabelText('Value'), 'äöü');
    expect(warning()).toBeNull();
  });

  it('takes the text of a .env file as it is', async () => {
    const sent: unknown[] = [];
    server.use(
      patch(variables, (body) => {
        sent.push(body);
        return problem({ status: 422, code: 'invalid', detail: 'Line 1 is no variable.' });
      }),
    );
    renderApp('/apps/hello/variables');

    await userEvent.click(await screen.findByRole('button', { name: 'Edit as text' }));
    await userEvent.type(screen.getByLabelText('Text of a .env file'), 'A="1 $x"');
    await userEvent.click(screen.getByLabelText('Everything that is not named goes'));
    await userEvent.click(screen.getByRole('button', { name: 'Review changes' }));

    expect(await screen.findByText('Line 1 is no variable.')).toBeTruthy();
    expect(sent[0]).toEqual({ text: 'A="1 $x"', replace: true, dry_run: true });
  });

  it('reveals values only after a fresh proof, and hides them again', async () => {
    let proved = false;
    server.use(
      get(paths.me, () => ({ person: null, credential: {}, totp_on: true })),
      post(paths.scopeReveal('home', scope), () =>
        proved
          ? HttpResponse.json({ items: [{ name: 'LOG_LEVEL', value: 'debug', build_time: false, run_time: true, expand: false }], text: 'LOG_LEVEL=debug\n' })
          : problem({ status: 403, code: 'reauthentication.required', detail: 'Prove once more.' }),
      ),
      post(paths.proof, () => {
        proved = true;
        return new HttpResponse(null, { status: 204 });
      }),
    );
    renderApp('/apps/hello/variables');
    expect((await screen.findAllByText('••••••••')).length).toBe(2);

    await userEvent.click(screen.getByRole('button', { name: 'Reveal values' }));
    await userEvent.type(await screen.findByLabelText('Code of your authenticator'), '123456{Enter}');
    expect(await screen.findByText('debug')).toBeTruthy();
    await userEvent.click(screen.getByRole('button', { name: 'Hide values' }));

    expect(screen.queryByText('debug')).toBeNull();
  });

  it('shows what the next deployment changes, what stands in its way, and applies it', async () => {
    server.use(
      get(paths.staged('home', 'hello'), () => ({
        variables: [{ name: 'LOG_LEVEL', change: 'changed', level: 'app', live: side('aaaaaaaaaaaa'), staged: side('bbbbbbbbbbbb') }],
        settings: ['port'],
        problems: [{ code: 'variables.missing', message: 'It refers to DB_URL, which is not there.', name: 'LOG_LEVEL' }],
      })),
    );
    renderApp('/apps/hello/variables');

    const diff = within(await screen.findByRole('table', { name: 'Staged variables' }));
    expect(diff.getByText(/aaaaaaaaaaaa/)).toBeTruthy();
    expect(diff.getByText(/bbbbbbbbbbbb/)).toBeTruthy();
    expect(screen.getByText('It refers to DB_URL, which is not there.')).toBeTruthy();
    expect(screen.getByText('Settings: port')).toBeTruthy();
  });

  it('takes pasted lines of a .env file to the same diff, and only those', async () => {
    const sent: unknown[] = [];
    server.use(
      patch(variables, (body) => {
        sent.push(body);
        return HttpResponse.json({ applied: false, items: [{ name: 'A', change: 'added', before: null, after: side('aaaa') }] });
      }),
    );
    renderApp('/apps/hello/variables');
    const table = await screen.findByRole('table', { name: 'Variables' });

    fireEvent.paste(table, { clipboardData: { getData: () => 'no variable at all' } });
    expect(screen.queryByRole('dialog')).toBeNull();
    fireEvent.paste(table, { clipboardData: { getData: () => 'A=1\nB=2\n' } });

    expect(await screen.findByRole('button', { name: 'Stage 1 change' })).toBeTruthy();
    expect(sent).toEqual([{ text: 'A=1\nB=2\n', dry_run: true }]);
  });

  it('shows which level wins, which it hides, and leads to the others', async () => {
    server.use(get(variables, () => page([variable({ hides: ['project', 'organization'] })])));
    renderApp('/apps/hello/variables');

    expect((await screen.findAllByTitle('The one of the project does not count')).length).toBeGreaterThan(0);
    expect(screen.getByRole('link', { name: 'project' }).getAttribute('href')).toBe('/projects/default');
    expect(screen.getByRole('link', { name: 'environment' }).getAttribute('href')).toBe('/projects/default/environments/production');
  });

  it('reveals one value alone', async () => {
    const asked: unknown[] = [];
    server.use(
      post(paths.scopeReveal('home', scope), (body) => {
        asked.push(body);
        return HttpResponse.json({ items: [{ name: 'LOG_LEVEL', value: 'debug', build_time: false, run_time: true, expand: false }], text: 'LOG_LEVEL=debug\n' });
      }),
    );
    renderApp('/apps/hello/variables');

    await userEvent.click(await screen.findByRole('button', { name: 'Reveal LOG_LEVEL' }));

    expect(await screen.findByText('debug')).toBeTruthy();
    expect(asked).toEqual([{ names: ['LOG_LEVEL'] }]);
  });

  it('asks before a page with a draft is left', async () => {
    server.use(get(paths.replicas('home', 'hello'), () => page([])));
    const { router } = renderApp('/apps/hello/variables');
    await userEvent.click(await screen.findByRole('button', { name: 'Remove LOG_LEVEL' }));

    void router.navigate({ to: '/projects' });
    const asking = within(await screen.findByRole('dialog'));
    await userEvent.click(asking.getByRole('button', { name: 'Cancel' }));

    expect(router.state.location.pathname).toBe('/apps/hello/variables');
    expect(screen.getByText('1 change in the draft, not saved yet.')).toBeTruthy();
  });

  it('lets a role in the project of the app write', async () => {
    const own = { id: 'person-1', name: 'Operator', role: 'viewer', permissions: [], custom: false, limited_to_projects: true, since: at };
    server.use(
      get(paths.session, () => ({ ...session(), role: 'viewer', permissions: ['variable:read'] })),
      get(paths.members('home'), () => page([{ ...own, projects: [{ id: 'p', slug: 'default', role: 'member' }] }])),
    );
    renderApp('/apps/hello/variables');

    expect(await screen.findByRole('button', { name: 'Add' })).toBeTruthy();
    expect(screen.queryByRole('button', { name: 'Reveal values' })).toBeNull();
  });

  it('offers no change and no value to who may only read', async () => {
    server.use(get(paths.session, () => ({ ...session(), role: 'member', permissions: ['variable:read'] })));

    renderApp('/apps/hello/variables');

    expect(await screen.findByText('LOG_LEVEL')).toBeTruthy();
    expect(screen.queryByRole('button', { name: 'Reveal values' })).toBeNull();
    expect(screen.queryByRole('button', { name: 'Add' })).toBeNull();
  });

  it('says that there are none, that they load, and why they cannot be seen', async () => {
    server.use(get(variables, () => page([])));
    renderApp('/apps/hello/variables');
    expect(await screen.findByText('None yet.')).toBeTruthy();

    server.use(get(variables, () => problem({ status: 403, detail: 'Your role does not allow it.' })));
    const second = renderApp('/apps/hello/variables');
    expect(await screen.findByText('Your role does not allow it.')).toBeTruthy();

    server.use(get(variables, () => new Promise(() => undefined)));
    second.queryClient.clear();
    renderApp('/apps/hello/variables');
    expect(await screen.findByRole('status', { name: 'Loading variables' })).toBeTruthy();
  });
});

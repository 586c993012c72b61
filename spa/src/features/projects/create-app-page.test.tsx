import { screen } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { HttpResponse } from 'msw';
import { describe, expect, it } from 'vitest';

import { paths } from '@/api/paths';
import { app, deployment, session } from '@/test/data';
import { renderApp } from '@/test/render-app';
import { get, page, post, problem, server } from '@/test/server';

const appsPath = paths.apps('home');
const field = (name: string) => screen.findByRole<HTMLInputElement>('textbox', { name });
const submit = async () => userEvent.click(screen.getByRole('button', { name: 'Create and deploy' }));
const description = (input: HTMLElement) =>
  document.getElementById(input.getAttribute('aria-describedby') ?? '')?.textContent ?? '';

describe('create app form', () => {
  it('names the app after its repository until a name is typed', async () => {
    renderApp('/apps/new');

    await userEvent.type(await field('Git URL'), 'https://git.example.com/team/My_App.git');
    expect((await field('Name')).value).toBe('my-app');
    await userEvent.clear(await field('Name'));
    await userEvent.type(await field('Name'), 'other');
    await userEvent.type(await field('Git URL'), 'x');

    expect((await field('Name')).value).toBe('other');
  });

  it('names mistakes at their fields and sends nothing', async () => {
    renderApp('/apps/new');
    await userEvent.type(await field('Git URL'), 'not a url');
    await userEvent.type(await field('Name'), 'Hello World');
    await userEvent.clear(await field('Branch'));
    await userEvent.type(await field('Branch'), '-main');

    await submit();

    expect(description(await field('Git URL'))).toBe('Leave out the spaces.');
    expect(description(await field('Name'))).toBe('Use small letters only.');
    expect(description(await field('Branch'))).toBe('Do not start with a dash.');
  });

  it('creates with defaults, asks for a deploy, and shows the deployment', async () => {
    const sent: unknown[] = [];
    const created = deployment({ state: 'queued' });
    server.use(
      post(appsPath, (body, request) => {
        sent.push(body, Boolean(request.headers.get('idempotency-key')));
        return HttpResponse.json(app({ state: 'deploying', latest_deployment: created }), { status: 201 });
      }),
      get(appsPath, () => page([])),
      get(paths.deployment('home', 'deployment-1'), () => created),
      get(paths.app('home', 'hello'), () => app()),
    );
    const { router } = renderApp('/apps/new');
    await userEvent.type(await field('Git URL'), '  https://git.example.com/hello.git ');

    await submit();

    expect(await screen.findByRole('log', { name: 'Build log' })).toBeTruthy();
    expect(router.state.location.pathname).toBe('/apps/hello/deployments/deployment-1');
    expect(sent).toEqual([
      {
        name: 'hello',
        source: { git_url: 'https://git.example.com/hello.git', branch: 'main' },
        port: 8080,
        health_path: '/',
        deploy: true,
      },
      true,
    ]);
  });

  it('creates a static site of a folder', async () => {
    const sent: unknown[] = [];
    server.use(
      post(appsPath, (body) => {
        sent.push(body);
        return problem({ status: 422, code: 'invalid', errors: [{ pointer: '/source/static_directory', message: 'Not that one.' }] });
      }),
    );
    renderApp('/apps/new');
    await userEvent.type(await field('Git URL'), 'https://git.example.com/pages.git');
    await userEvent.selectOptions(await screen.findByRole('combobox', { name: 'Built from' }), 'Static files in a folder');
    await userEvent.clear(await field('Folder'));
    await userEvent.type(await field('Folder'), '/public');
    await submit();
    expect(description(await field('Folder'))).toContain('Write it plainly');
    await userEvent.clear(await field('Folder'));
    await userEvent.type(await field('Folder'), 'public');

    expect(screen.getByText(/--static public/)).toBeTruthy();
    await submit();

    expect(await screen.findByText('Not that one.')).toBeTruthy();
    expect(sent).toMatchObject([{ source: { git_url: 'https://git.example.com/pages.git', static_directory: 'public' } }]);
  });

  it('creates an app of commands, without a Containerfile', async () => {
    const sent: unknown[] = [];
    server.use(
      post(appsPath, (body) => {
        sent.push(body);
        return problem({ status: 422, code: 'invalid', errors: [{ pointer: '/source/commands/build_command', message: 'Not that one.' }] });
      }),
    );
    renderApp('/apps/new');
    await userEvent.type(await field('Git URL'), 'https://git.example.com/web.git');
    await userEvent.selectOptions(await screen.findByRole('combobox', { name: 'Built from' }), 'Commands in an image');
    expect(screen.queryByRole('textbox', { name: 'Containerfile' })).toBeNull();
    await submit();
    expect(description(await field('Image'))).toContain('Name the image');
    expect(description(await field('Start command'))).toContain('Say what is started');
    await userEvent.type(await field('Image'), 'node:22');
    await userEvent.type(await field('Install command'), 'npm ci ');
    await userEvent.type(await field('Start command'), "node -e 'x'");

    expect(screen.getByText(/--image node:22 --install-command 'npm ci ' --start-command 'node -e '\\''x'\\'''/)).toBeTruthy();
    await submit();

    expect(await screen.findByText('Not that one.')).toBeTruthy();
    expect(sent).toMatchObject([
      { source: { git_url: 'https://git.example.com/web.git', commands: { image: 'node:22', install_command: 'npm ci', start_command: "node -e 'x'" } } },
    ]);
  });

  it("puts the server's mistakes at the fields that their pointers name", async () => {
    server.use(
      post(appsPath, () =>
        problem({
          status: 422,
          code: 'invalid',
          errors: [
            { pointer: '/source/git_url', message: 'The repository does not exist.' },
            { pointer: '/health_path', message: 'Too long.' },
            { pointer: '/organization', message: 'The organization is full.' },
          ],
        }),
      ),
    );
    renderApp('/apps/new');
    await userEvent.type(await field('Git URL'), 'https://git.example.com/hello.git');

    await submit();

    expect((await screen.findByText('The organization is full.')).getAttribute('role')).toBe('alert');
    expect(description(await field('Git URL'))).toBe('The repository does not exist.');
    expect(description(await field('Health path'))).toBe('Too long.');
    await userEvent.type(await field('Git URL'), 'x');
    expect(description(await field('Git URL'))).not.toContain('does not exist');
  });

  it('repeats an unanswered create with the same idempotency key, and a refused one with a new one', async () => {
    const keys: (string | null)[] = [];
    const answers = [() => HttpResponse.error(), () => problem({ status: 409, detail: 'The name is taken.' }), () => problem({ status: 409 })];
    server.use(
      post(appsPath, (_body, request) => {
        keys.push(request.headers.get('idempotency-key'));
        return (answers[keys.length - 1] ?? HttpResponse.error)();
      }),
    );
    renderApp('/apps/new');
    await userEvent.type(await field('Git URL'), 'https://git.example.com/hello.git');

    await submit();
    await screen.findByRole('alert');
    await submit();
    await screen.findByText('The name is taken.');
    await submit();
    await screen.findByText('Refused');

    expect(keys).toHaveLength(3);
    expect(keys[0]).toBe(keys[1]);
    expect(keys[2]).not.toBe(keys[1]);
  });
});

describe('create app, by role', () => {
  it('makes the app in the only project where a role allows it', async () => {
    const sent: unknown[] = [];
    const own = { id: 'person-1', name: 'Operator', role: 'viewer', permissions: [], custom: false, limited_to_projects: true, since: '' };
    server.use(
      get(paths.session, () => ({ ...session(), role: 'viewer', permissions: ['app:read'] })),
      get(paths.members('home'), () => page([{ ...own, projects: [{ id: 'p', slug: 'web', role: 'member' }] }])),
      get(paths.projects('home'), () => page([{ id: 'd', slug: 'default', name: 'Default' }, { id: 'p', slug: 'web', name: 'Web' }])),
      post(paths.projectApps('home', 'web'), (body) => {
        sent.push(body);
        return problem({ status: 409, detail: 'That name is taken.' });
      }),
    );
    renderApp('/apps/new');
    await userEvent.type(await field('Git URL'), 'https://git.example.com/hello.git');

    await submit();

    expect(await screen.findByText('That name is taken.')).toBeTruthy();
    expect(sent).toMatchObject([{ name: 'hello', project: 'web' }]);
  });

  it('says that a role does not allow it', async () => {
    server.use(get(paths.session, () => ({ ...session(), role: 'viewer', permissions: ['app:read'] })), get(paths.projects('home'), () => page([])));
    renderApp('/apps/new');

    expect(await screen.findByText('You may not create apps here')).toBeTruthy();
  });
});

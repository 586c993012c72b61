import { fireEvent, screen, within } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { HttpResponse } from 'msw';
import { beforeEach, describe, expect, it } from 'vitest';

import { paths } from '@/api/paths';
import { axeFindings } from '@/test/axe';
import { app, session } from '@/test/data';
import { renderApp } from '@/test/render-app';
import { del, get, page, patch, post, problem, server } from '@/test/server';

const path = paths.app('home', 'hello');
const release = { number: 1, deployment_id: 'd', image_digest: 'sha256:0', commit: null, created_at: '2026-11-21T10:00:00.000Z' };

beforeEach(() => {
  server.use(get(path, () => app()));
});

const form = async (name: string) => within(await screen.findByRole('form', { name }));

describe('app settings', () => {
  it('sends only what was changed, and names what it means', async () => {
    const sent: unknown[] = [];
    server.use(
      patch(path, (body) => {
        sent.push(body);
        return HttpResponse.json(app({ port: 3000 }));
      }),
    );
    renderApp('/apps/hello/settings');
    const health = await form('Health');
    expect(health.getByRole<HTMLButtonElement>('button', { name: 'Save' }).disabled).toBe(true);
    expect(await axeFindings()).toEqual([]);

    await userEvent.clear(health.getByLabelText('Port'));
    await userEvent.type(health.getByLabelText('Port'), '3000');
    await userEvent.clear(health.getByLabelText('Health path'));
    expect(health.getByText("wh settings hello --port 3000 --health-path ''")).toBeTruthy();
    await userEvent.click(health.getByRole('button', { name: 'Save' }));

    expect(await screen.findByText('The health check was changed')).toBeTruthy();
    expect(sent).toEqual([{ port: 3000, health_path: '' }]);
  });

  it('makes an app a static site', async () => {
    const sent: unknown[] = [];
    server.use(
      patch(path, (body) => {
        sent.push(body);
        return HttpResponse.json(app());
      }),
    );
    renderApp('/apps/hello/settings');
    const source = await form('Source');

    await userEvent.type(source.getByLabelText('Static folder'), '../dist');
    await userEvent.click(source.getByRole('button', { name: 'Save' }));
    expect(source.getByText('Write it plainly, like dist or docs/public.', { exact: false })).toBeTruthy();
    await userEvent.clear(source.getByLabelText('Static folder'));
    await userEvent.type(source.getByLabelText('Static folder'), 'dist');
    expect(source.getByText('wh settings hello --static dist')).toBeTruthy();
    await userEvent.click(source.getByRole('button', { name: 'Save' }));

    expect(await screen.findByText('The source was changed')).toBeTruthy();
    expect(sent).toEqual([{ static_directory: 'dist' }]);
  });

  it('changes commands one by one, and ends them with their image', async () => {
    const sent: unknown[] = [];
    const web = app({ source: { ...app().source, commands: { image: 'node:22', install_command: 'npm ci', start_command: 'npm start' } } });
    server.use(
      get(path, () => web),
      patch(path, (body) => {
        sent.push(body);
        return HttpResponse.json(web);
      }),
    );
    renderApp('/apps/hello/settings');
    const source = await form('Source');

    await userEvent.click(source.getByLabelText('Build command'));
    await userEvent.paste('npm run build');
    fireEvent.change(source.getByLabelText('Install command'), { target: { value: '' } });
    expect(source.getByText("wh settings hello --install-command '' --build-command 'npm run build'")).toBeTruthy();
    await userEvent.click(source.getByRole('button', { name: 'Save' }));
    expect(await screen.findByText('The source was changed')).toBeTruthy();
    fireEvent.change(source.getByLabelText('Image'), { target: { value: '' } });
    await userEvent.click(source.getByRole('button', { name: 'Save' }));

    await expect.poll(() => sent).toEqual([{ commands: { install_command: '', build_command: 'npm run build' } }, { commands: { image: '' } }]);
  });

  it('names mistakes at their fields, its own and the server’s, and can be discarded', async () => {
    server.use(patch(path, () => problem({ status: 422, code: 'invalid', errors: [{ pointer: '/git_url', message: 'That host is not reached.' }] })));
    renderApp('/apps/hello/settings');
    const resources = await form('Resources of each replica');

    await userEvent.clear(resources.getByLabelText('Memory, MiB'));
    await userEvent.type(resources.getByLabelText('Memory, MiB'), '3');
    await userEvent.click(resources.getByRole('button', { name: 'Save' }));
    expect(resources.getByText('A whole number from 32 to 1048576.')).toBeTruthy();
    await userEvent.click(resources.getByRole('button', { name: 'Discard' }));
    expect(resources.getByLabelText<HTMLInputElement>('Memory, MiB').value).toBe('256');

    const source = await form('Source');
    await userEvent.type(source.getByLabelText('Git URL'), 'x');
    await userEvent.click(source.getByRole('button', { name: 'Save' }));
    expect(await source.findByText('That host is not reached.')).toBeTruthy();
  });

  it('takes how much a replica may write and where, and shows the same as a command', async () => {
    const sent: unknown[] = [];
    server.use(
      patch(path, (body) => {
        sent.push(body);
        return HttpResponse.json(app());
      }),
    );
    renderApp('/apps/hello/settings');
    const resources = await form('Resources of each replica');

    await userEvent.clear(resources.getByLabelText('Files, MiB'));
    await userEvent.type(resources.getByLabelText('Files, MiB'), '512');
    await userEvent.selectOptions(resources.getByLabelText('It writes to'), 'readOnly');
    expect(resources.getByText('wh settings hello --disk 512 --read-only')).toBeTruthy();
    await userEvent.click(resources.getByRole('button', { name: 'Save' }));

    expect(await screen.findByText('The limits were changed')).toBeTruthy();
    expect(sent).toEqual([{ limits: { disk_bytes: 536_870_912, read_only: true } }]);
  });

  it('limits the requests of one address, and shows the same as a command', async () => {
    const sent: unknown[] = [];
    server.use(
      patch(path, (body) => {
        sent.push(body);
        return HttpResponse.json(app({ request_limit: { per_minute: 1000, burst: 50 } }));
      }),
    );
    renderApp('/apps/hello/settings');
    const requests = await form('Requests of one address');

    await userEvent.clear(requests.getByLabelText('A minute'));
    await userEvent.type(requests.getByLabelText('A minute'), '1000');
    await userEvent.clear(requests.getByLabelText('At once'));
    await userEvent.type(requests.getByLabelText('At once'), '50');
    expect(requests.getByText('wh settings hello --requests 1000 --burst 50')).toBeTruthy();
    await userEvent.click(requests.getByRole('button', { name: 'Save' }));

    expect(await screen.findByText('The limit of requests was changed')).toBeTruthy();
    expect(sent).toEqual([{ request_limit: { per_minute: 1000, burst: 50 } }]);
  });

  it('stops an app only after a confirmation', async () => {
    const stopped: unknown[] = [];
    server.use(
      get(path, () => app({ current_release: release as never })),
      post(paths.appAction('home', 'hello', 'stop'), (body) => {
        stopped.push(body);
        return HttpResponse.json(app({ state: 'stopped' }));
      }),
    );
    renderApp('/apps/hello/settings');

    await userEvent.click(await screen.findByRole('button', { name: 'Stop app…' }));
    const dialog = within(await screen.findByRole('dialog'));
    expect(stopped).toEqual([]);
    await userEvent.click(dialog.getByRole('button', { name: 'Stop app' }));

    expect(await screen.findByText('hello is stopping')).toBeTruthy();
    expect(stopped.length).toBe(1);
  });

  it('deletes an app after its name was typed, and offers to bring it back', async () => {
    let deleted = false;
    server.use(
      get(path, () => (deleted ? app({ state: 'deleting', erased_at: '2026-11-22T10:00:00.000Z' }) : app())),
      get(paths.deletion('home', 'hello'), () => ({ deployments: 3, releases: 2, variables: 1 })),
      get(paths.apps('home'), () => page([])),
      del(path, () => {
        deleted = true;
        return HttpResponse.json(app({ state: 'deleting' }));
      }),
    );
    const { queryClient } = renderApp('/apps/hello/settings');

    await userEvent.click(await screen.findByRole('button', { name: 'Delete app…' }));
    const dialog = within(await screen.findByRole('dialog'));
    expect(dialog.getByRole<HTMLButtonElement>('button', { name: 'Delete app' }).disabled).toBe(true);
    await userEvent.type(dialog.getByLabelText('Type hello to confirm'), 'hello');
    await userEvent.click(dialog.getByRole('button', { name: 'Delete app' }));
    await screen.findByText('hello was deleted');
    await queryClient.invalidateQueries();

    expect((await screen.findAllByRole('button', { name: 'Bring it back' })).length).toBeGreaterThan(0);
  });

  it('is off for who may only look', async () => {
    server.use(get(paths.session, () => ({ ...session(), role: 'viewer', permissions: ['app:read'] })));
    renderApp('/apps/hello/settings');
    const source = await form('Source');

    expect(source.getByLabelText<HTMLInputElement>('Git URL').disabled).toBe(true);
    expect(screen.getByRole<HTMLButtonElement>('button', { name: 'Delete app…' }).disabled).toBe(true);
  });
});

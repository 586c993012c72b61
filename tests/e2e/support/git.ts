import { mkdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

import { must } from './processes.js';

export const base = 'FROM localhost/wisehosting/busybox:1\n';

/** A Containerfile that serves /www on $PORT, with lines of its own before the end. */
export const webApp = (lines = '') =>
  `${base}COPY www /www\n${lines}CMD ["/bin/busybox", "sh", "-c", "exec /bin/busybox httpd -f -p \\"\${PORT:-8080}\\" -h /www"]\n`;

const gitEnvironment = {
  ...process.env,
  GIT_CONFIG_GLOBAL: '/dev/null',
  GIT_CONFIG_NOSYSTEM: '1',
  GIT_AUTHOR_NAME: 'Test',
  GIT_AUTHOR_EMAIL: 'test@localhost',
  GIT_COMMITTER_NAME: 'Test',
  GIT_COMMITTER_EMAIL: 'test@localhost',
};

const git = (...args: string[]) => must('git', args, gitEnvironment);

/** A repository on the test's git server. */
export class Repository {
  private constructor(
    private readonly work: string,
    readonly url: string,
  ) {}

  /** Makes it with a first commit of `files`. */
  static async make(name: string, files: Record<string, string>): Promise<Repository> {
    const { WH_E2E_GIT_ROOT: root, WH_E2E_GIT_URL: url } = process.env;
    if (!root || !url) throw new Error('the git server was not started');
    const bare = join(root, `${name}.git`);
    const work = join(root, '..', 'work', name);
    rmSync(bare, { recursive: true, force: true });
    rmSync(work, { recursive: true, force: true });
    mkdirSync(work, { recursive: true });
    await git('init', '--quiet', '--bare', '--initial-branch=main', bare);
    await git('init', '--quiet', '--initial-branch=main', work);
    await git('-C', work, 'remote', 'add', 'origin', bare);
    const repository = new Repository(work, `${url}/${name}.git`);
    await repository.commit('first', files);
    return repository;
  }

  /** Writes files, commits and pushes; gives the commit. */
  async commit(message: string, files: Record<string, string>): Promise<string> {
    for (const [path, content] of Object.entries(files)) {
      mkdirSync(dirname(join(this.work, path)), { recursive: true });
      writeFileSync(join(this.work, path), content);
    }
    await git('-C', this.work, 'add', '--all');
    await git('-C', this.work, 'commit', '--quiet', '--allow-empty', '--message', message);
    await git('-C', this.work, 'push', '--quiet', 'origin', 'HEAD:main');
    return (await git('-C', this.work, 'rev-parse', 'HEAD')).trim();
  }

  /** Commits a symbolic link, whatever it points to. */
  async link(path: string, target: string): Promise<string> {
    symlinkSync(target, join(this.work, path));
    return this.commit('link', {});
  }
}

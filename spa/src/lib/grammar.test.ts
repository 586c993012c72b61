import { describe, expect, it } from 'vitest';

import {
  checkAppName,
  checkBranch,
  checkCommand,
  checkContainerfile,
  checkGitUrl,
  checkHealthPath,
  checkImage,
  checkPort,
  checkStaticDirectory,
  checkVariableName,
  suggestName,
} from './grammar';

describe('grammars', () => {
  it.each(['a', 'hello', 'my-app-2', `a${'b'.repeat(39)}`])('accepts the app name %s', (name) => {
    expect(checkAppName(name)).toBeUndefined();
  });

  it.each(['', 'Hello', '2fast', '-a', 'a-', 'a b', 'a_b', 'ä', 'a'.repeat(41), 'a'.repeat(300)])('refuses the app name %s', (name) => {
    expect(checkAppName(name)).toBeTypeOf('string');
  });

  it.each([
    'https://git.example.com/team/hello.git',
    'http://127.0.0.1:3000/hello',
    'https://git.example.com/~me/hello',
  ])('accepts the address %s', (url) => {
    expect(checkGitUrl(url)).toBeUndefined();
  });

  it.each(['', 'hello', '-uhttps://x/y', 'https://', 'https://host', 'ext::sh -c id', 'file:///srv/git/hello.git', 'git://x/y', 'https://me:secret@x/y', 'https://x/y#main', 'https://x/y?z', 'https://x/$(id)', 'https://x/y;id', 'https://x/a\nb', 'ftp://x/y', 'ssh://git@git.example.com:2222/team/hello.git', 'git@git.example.com:team/hello.git', 'ssh://git.example.com/hello'])(
    'refuses the address %j',
    (url) => {
      expect(checkGitUrl(url)).toBeTypeOf('string');
    },
  );

  it.each(['main', 'release/2026-11', 'feature_x', 'v1.2'])('accepts the branch %s', (branch) => {
    expect(checkBranch(branch)).toBeUndefined();
  });

  it.each(['', '-x', 'a b', 'a..b', 'a~1', 'a^', 'a:b', '/a', 'a/', 'a//b', 'x.lock', 'a`id`', '@{u}', '@', 'HEAD', 'refs/heads/main', 'a/-b', 'a/.b', 'a.lock/b', 'é', 'a[b]'])('refuses the branch %j', (branch) => {
    expect(checkBranch(branch)).toBeTypeOf('string');
  });

  it('keeps Containerfiles inside the repository', () => {
    expect(checkContainerfile('')).toBeUndefined();
    expect(checkContainerfile('deploy/Containerfile')).toBeUndefined();
    expect(checkContainerfile('../Containerfile')).toBeTypeOf('string');
    expect(checkContainerfile('/etc/passwd')).toBeTypeOf('string');
  });

  it('keeps static folders inside the repository', () => {
    expect(['.', 'dist', 'docs/public', '.output/public'].map(checkStaticDirectory)).toEqual([undefined, undefined, undefined, undefined]);
    expect(['', '..', '/etc', 'a/../b', 'a/', './a', 'a//b', '.git', 'a b', 'a/-b'].every((path) => checkStaticDirectory(path))).toBe(true);
  });

  it('knows images and commands', () => {
    expect(['node', 'node:22', 'quay.io/org/name_x:v1', 'localhost:5000/a/b', `a@sha256:${'a'.repeat(64)}`].filter(checkImage)).toEqual([]);
    expect(['', 'scratch', 'Node', '-v', 'a b', 'node:', 'a//b', '$IMAGE', 'node@sha256:1', 'docker://a', 'a\nb'].every((image) => checkImage(image))).toBe(true);
    expect(['', "npm ci && echo 'x'", 'one\n\ttwo', 'größer'].filter(checkCommand)).toEqual([]);
    expect(['a\rb', 'a\u0000', '\u001b[0m', 'x'.repeat(4097), 'ü'.repeat(2049)].every((command) => checkCommand(command))).toBe(true);
  });

  it('knows ports, health paths and variable names', () => {
    expect(['1', '8080', '65535'].map(checkPort)).toEqual([undefined, undefined, undefined]);
    expect(['0', '65536', '', '80a', '1e3'].every((port) => checkPort(port))).toBe(true);
    expect(checkHealthPath('/healthz?full=1')).toBeUndefined();
    expect(checkHealthPath('')).toBeUndefined();
    expect(checkHealthPath('healthz')).toBeTypeOf('string');
    expect(checkVariableName('DATABASE_URL')).toBeUndefined();
    expect(checkHealthPath('/a b')).toBeTypeOf('string');
    expect(checkVariableName('2X')).toBeTypeOf('string');
    expect(checkVariableName('PORT')).toBe('PORT is set by the platform.');
  });

  it.each([
    ['https://git.example.com/team/My_App.git', 'my-app'],
    ['git@git.example.com:team/hello', 'hello'],
    ['https://git.example.com/team/42-things/', 'things'],
    ['https://git.example.com/team/42', ''],
    ['', ''],
  ])('makes a name of %s', (url, name) => {
    expect(suggestName(url)).toBe(name);
  });
});

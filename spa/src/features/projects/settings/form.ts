import type { App, UpdateApp } from '@/api/types';
import { checkBranch, checkCommand, checkContainerfile, checkGitUrl, checkHealthPath, checkImage, checkPort, checkStaticDirectory } from '@/lib/grammar';
import { shellWord } from '@/lib/shell-word';

/** An app's settings as they stand in fields. */
export interface SettingsForm {
  gitUrl: string;
  branch: string;
  containerfile: string;
  /** Empty: the app is built with a Containerfile. */
  staticDirectory: string;
  /** Of the commands; empty: the app has none. */
  image: string;
  installCommand: string;
  buildCommand: string;
  startCommand: string;
  port: string;
  healthPath: string;
  replicas: string;
  cpuMillis: string;
  memoryMib: string;
  pids: string;
  diskMib: string;
  root: string;
  requests: string;
  burst: string;
}

/** What a replica may write to, beside its volumes. */
export const roots = { writable: 'Anywhere', readOnly: 'Only /tmp, in memory' };

export type SettingsField = keyof SettingsForm;
export type Mistakes = Partial<Record<SettingsField, string>>;

export const mebibyte = 1024 * 1024;
const usualDisk = 2048 * mebibyte;
const usualBurst = 100;

export const formOf = (app: App): SettingsForm => ({
  gitUrl: app.source.git_url,
  branch: app.source.branch,
  containerfile: app.source.containerfile ?? '',
  staticDirectory: app.source.static_directory ?? '',
  image: app.source.commands?.image ?? '',
  installCommand: app.source.commands?.install_command ?? '',
  buildCommand: app.source.commands?.build_command ?? '',
  startCommand: app.source.commands?.start_command ?? '',
  port: String(app.port),
  healthPath: app.health_path,
  replicas: String(app.desired_replicas),
  cpuMillis: String(app.limits.cpu_millis),
  memoryMib: String(Math.round(app.limits.memory_bytes / mebibyte)),
  pids: String(app.limits.pids),
  diskMib: String(Math.round((app.limits.disk_bytes ?? usualDisk) / mebibyte)),
  root: app.limits.read_only ? 'readOnly' : 'writable',
  requests: String(app.request_limit?.per_minute ?? 0),
  burst: String(app.request_limit?.burst ?? usualBurst),
});

const whole = (least: number, most: number) => (text: string) =>
  /^\d+$/.test(text) && Number(text) >= least && Number(text) <= most ? undefined : `A whole number from ${least} to ${most}.`;

const checks: Record<SettingsField, (text: string) => string | undefined> = {
  gitUrl: checkGitUrl,
  branch: checkBranch,
  containerfile: checkContainerfile,
  staticDirectory: (path) => (path === '' ? undefined : checkStaticDirectory(path)),
  image: (image) => (image === '' ? undefined : checkImage(image)),
  installCommand: checkCommand,
  buildCommand: checkCommand,
  startCommand: checkCommand,
  port: checkPort,
  healthPath: checkHealthPath,
  replicas: whole(0, 100),
  cpuMillis: whole(50, 64_000),
  memoryMib: whole(32, 1_048_576),
  pids: whole(16, 32_768),
  diskMib: whole(16, 1_048_576),
  root: () => undefined,
  requests: whole(0, 1_000_000),
  burst: whole(1, 100_000),
};

/** What is wrong with those of `fields` that differ from the app; what stands there already is the server's affair. */
export function mistakesIn(form: SettingsForm, app: App, fields: readonly SettingsField[]): Mistakes {
  const before = formOf(app);
  const found = fields.flatMap((field): [SettingsField, string][] => {
    const mistake = form[field] === before[field] ? undefined : checks[field](form[field]);
    return mistake === undefined ? [] : [[field, mistake]];
  });
  return Object.fromEntries(found);
}

/** Only what was changed is sent. */
export function changesOf(form: SettingsForm, app: App): UpdateApp {
  const before = formOf(app);
  const changed = (field: SettingsField) => form[field] !== before[field];
  const limits: NonNullable<UpdateApp['limits']> = {
    ...(changed('cpuMillis') ? { cpu_millis: Number(form.cpuMillis) } : {}),
    ...(changed('memoryMib') ? { memory_bytes: Number(form.memoryMib) * mebibyte } : {}),
    ...(changed('pids') ? { pids: Number(form.pids) } : {}),
    ...(changed('diskMib') ? { disk_bytes: Number(form.diskMib) * mebibyte } : {}),
    ...(changed('root') ? { read_only: form.root === 'readOnly' } : {}),
  };
  // With the image all of them go.
  const ended = changed('image') && form.image === '';
  const commands: NonNullable<UpdateApp['commands']> = {
    ...(changed('image') ? { image: form.image } : {}),
    ...(changed('installCommand') && !ended ? { install_command: form.installCommand.trim() } : {}),
    ...(changed('buildCommand') && !ended ? { build_command: form.buildCommand.trim() } : {}),
    ...(changed('startCommand') && !ended ? { start_command: form.startCommand.trim() } : {}),
  };
  const requests: NonNullable<UpdateApp['request_limit']> = {
    ...(changed('requests') ? { per_minute: Number(form.requests) } : {}),
    ...(changed('burst') ? { burst: Number(form.burst) } : {}),
  };
  return {
    ...(changed('gitUrl') ? { git_url: form.gitUrl } : {}),
    ...(changed('branch') ? { branch: form.branch } : {}),
    ...(changed('containerfile') ? { containerfile: form.containerfile } : {}),
    ...(changed('staticDirectory') ? { static_directory: form.staticDirectory } : {}),
    ...(Object.keys(commands).length > 0 ? { commands } : {}),
    ...(changed('port') ? { port: Number(form.port) } : {}),
    ...(changed('healthPath') ? { health_path: form.healthPath } : {}),
    ...(changed('replicas') ? { desired_replicas: Number(form.replicas) } : {}),
    ...(Object.keys(limits).length > 0 ? { limits } : {}),
    ...(Object.keys(requests).length > 0 ? { request_limit: requests } : {}),
  };
}

const limitWords = (limits: NonNullable<UpdateApp['limits']>): string[] => [
  ...(limits.cpu_millis === undefined ? [] : ['--cpu', String(limits.cpu_millis)]),
  ...(limits.memory_bytes === undefined ? [] : ['--memory', String(limits.memory_bytes / mebibyte)]),
  ...(limits.pids === undefined ? [] : ['--pids', String(limits.pids)]),
  ...(limits.disk_bytes === undefined ? [] : ['--disk', String(limits.disk_bytes / mebibyte)]),
  ...(limits.read_only === undefined ? [] : [limits.read_only ? '--read-only' : '--writable']),
];

const commandWords = (commands: NonNullable<UpdateApp['commands']>): string[] => [
  ...(commands.image == null ? [] : ['--image', shellWord(commands.image)]),
  ...(commands.install_command == null ? [] : ['--install-command', shellWord(commands.install_command)]),
  ...(commands.build_command == null ? [] : ['--build-command', shellWord(commands.build_command)]),
  ...(commands.start_command == null ? [] : ['--start-command', shellWord(commands.start_command)]),
];

/** "wh settings hello --branch next --port 3000 --disk 512" */
export function settingsCommand(app: string, changes: UpdateApp): string {
  const words = [`wh settings ${app}`];
  if (changes.git_url !== undefined) words.push('--git', changes.git_url);
  if (changes.branch !== undefined) words.push('--branch', changes.branch);
  if (changes.containerfile !== undefined) words.push('--containerfile', changes.containerfile || "''");
  if (changes.static_directory !== undefined) words.push('--static', changes.static_directory || "''");
  words.push(...commandWords(changes.commands ?? {}));
  if (changes.port !== undefined) words.push('--port', String(changes.port));
  if (changes.health_path !== undefined) words.push('--health-path', changes.health_path || "''");
  const requests = changes.request_limit;
  if (requests?.per_minute !== undefined) words.push('--requests', String(requests.per_minute));
  if (requests?.burst !== undefined) words.push('--burst', String(requests.burst));
  return [...words, ...limitWords(changes.limits ?? {})].join(' ');
}

/** "wh scale hello 3" */
export const scaleCommand = (app: string, changes: UpdateApp): string =>
  changes.desired_replicas === undefined ? `wh scale ${app}` : `wh scale ${app} ${changes.desired_replicas}`;

const pointers: Record<string, SettingsField> = {
  '/git_url': 'gitUrl',
  '/branch': 'branch',
  '/containerfile': 'containerfile',
  '/static_directory': 'staticDirectory',
  '/commands': 'image',
  '/commands/image': 'image',
  '/commands/install_command': 'installCommand',
  '/commands/build_command': 'buildCommand',
  '/commands/start_command': 'startCommand',
  '/port': 'port',
  '/health_path': 'healthPath',
  '/desired_replicas': 'replicas',
  '/limits/cpu_millis': 'cpuMillis',
  '/limits/memory_bytes': 'memoryMib',
  '/limits/pids': 'pids',
  '/limits/disk_bytes': 'diskMib',
  '/limits/read_only': 'root',
  '/request_limit/per_minute': 'requests',
  '/request_limit/burst': 'burst',
};

/** The server's mistakes at their fields. */
export function fromServer(fields: readonly { pointer: string; message: string }[]): Mistakes {
  const found: Mistakes = {};
  for (const { pointer, message } of fields) {
    const field = pointers[pointer.replace(/^#/, '')];
    if (field) found[field] ??= message;
  }
  return found;
}

import type { App, UpdateApp } from '@/api/types';
import { checkBranch, checkContainerfile, checkGitUrl, checkHealthPath, checkPort } from '@/lib/grammar';

/** An app's settings as they stand in fields. */
export interface SettingsForm {
  gitUrl: string;
  branch: string;
  containerfile: string;
  port: string;
  healthPath: string;
  replicas: string;
  cpuMillis: string;
  memoryMib: string;
  pids: string;
}

export type SettingsField = keyof SettingsForm;
export type Mistakes = Partial<Record<SettingsField, string>>;

export const mebibyte = 1024 * 1024;

export const formOf = (app: App): SettingsForm => ({
  gitUrl: app.source.git_url,
  branch: app.source.branch,
  containerfile: app.source.containerfile ?? '',
  port: String(app.port),
  healthPath: app.health_path,
  replicas: String(app.desired_replicas),
  cpuMillis: String(app.limits.cpu_millis),
  memoryMib: String(Math.round(app.limits.memory_bytes / mebibyte)),
  pids: String(app.limits.pids),
});

const whole = (least: number, most: number) => (text: string) =>
  /^\d+$/.test(text) && Number(text) >= least && Number(text) <= most ? undefined : `A whole number from ${least} to ${most}.`;

const checks: Record<SettingsField, (text: string) => string | undefined> = {
  gitUrl: checkGitUrl,
  branch: checkBranch,
  containerfile: checkContainerfile,
  port: checkPort,
  healthPath: checkHealthPath,
  replicas: whole(0, 100),
  cpuMillis: whole(50, 64_000),
  memoryMib: whole(32, 1_048_576),
  pids: whole(16, 32_768),
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
  };
  return {
    ...(changed('gitUrl') ? { git_url: form.gitUrl } : {}),
    ...(changed('branch') ? { branch: form.branch } : {}),
    ...(changed('containerfile') ? { containerfile: form.containerfile } : {}),
    ...(changed('port') ? { port: Number(form.port) } : {}),
    ...(changed('healthPath') ? { health_path: form.healthPath } : {}),
    ...(changed('replicas') ? { desired_replicas: Number(form.replicas) } : {}),
    ...(Object.keys(limits).length > 0 ? { limits } : {}),
  };
}

/** "wh settings hello --branch next --port 3000": the source and the health check. */
export function settingsCommand(app: string, changes: UpdateApp): string {
  const words = [`wh settings ${app}`];
  if (changes.git_url !== undefined) words.push('--git', changes.git_url);
  if (changes.branch !== undefined) words.push('--branch', changes.branch);
  if (changes.containerfile !== undefined) words.push('--containerfile', changes.containerfile || "''");
  if (changes.port !== undefined) words.push('--port', String(changes.port));
  if (changes.health_path !== undefined) words.push('--health-path', changes.health_path);
  return words.join(' ');
}

/** "wh scale hello 3 --memory 512" */
export function scaleCommand(app: string, changes: UpdateApp): string {
  const words = [`wh scale ${app}`];
  if (changes.desired_replicas !== undefined) words.push(String(changes.desired_replicas));
  if (changes.limits?.cpu_millis !== undefined) words.push('--cpu', String(changes.limits.cpu_millis));
  if (changes.limits?.memory_bytes !== undefined) words.push('--memory', String(changes.limits.memory_bytes / mebibyte));
  if (changes.limits?.pids !== undefined) words.push('--pids', String(changes.limits.pids));
  return words.join(' ');
}

const pointers: Record<string, SettingsField> = {
  '/git_url': 'gitUrl',
  '/branch': 'branch',
  '/containerfile': 'containerfile',
  '/port': 'port',
  '/health_path': 'healthPath',
  '/desired_replicas': 'replicas',
  '/limits/cpu_millis': 'cpuMillis',
  '/limits/memory_bytes': 'memoryMib',
  '/limits/pids': 'pids',
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

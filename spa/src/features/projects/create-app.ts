import { ApiError } from '@/api/client';
import type { CreateApp } from '@/api/types';
import { checkAppName, checkBranch, checkContainerfile, checkGitUrl, checkHealthPath, checkPort } from '@/lib/grammar';

export interface CreateAppForm {
  gitUrl: string;
  branch: string;
  name: string;
  containerfile: string;
  port: string;
  healthPath: string;
  /** Its slug; empty: the organization's first one. */
  project: string;
}

export type FieldErrors = Partial<Record<keyof CreateAppForm, string>>;

export const emptyForm: CreateAppForm = {
  gitUrl: '',
  branch: 'main',
  name: '',
  containerfile: '',
  port: '8080',
  healthPath: '/',
  project: '',
};

export function validate(form: CreateAppForm): FieldErrors {
  const found: [keyof CreateAppForm, string | undefined][] = [
    ['gitUrl', checkGitUrl(form.gitUrl)],
    ['branch', checkBranch(form.branch)],
    ['name', checkAppName(form.name)],
    ['containerfile', checkContainerfile(form.containerfile)],
    ['port', checkPort(form.port)],
    ['healthPath', checkHealthPath(form.healthPath)],
  ];
  return Object.fromEntries(found.filter(([, mistake]) => mistake !== undefined));
}

/** The request body; what equals the server's default is left out. */
export function toRequest(form: CreateAppForm): CreateApp {
  return {
    name: form.name,
    source: {
      git_url: form.gitUrl,
      branch: form.branch,
      ...(form.containerfile ? { containerfile: form.containerfile } : {}),
    },
    port: Number(form.port),
    health_path: form.healthPath,
    ...(form.project ? { project: form.project } : {}),
    deploy: true,
  };
}

const fieldOfPointer: Record<string, keyof CreateAppForm> = {
  '/name': 'name',
  '/source/git_url': 'gitUrl',
  '/source/branch': 'branch',
  '/source/containerfile': 'containerfile',
  '/port': 'port',
  '/health_path': 'healthPath',
  '/project': 'project',
};

/** The server's mistakes at their fields; `rest` is what no field of the form stands for. */
export function fromServer(error: unknown): { fields: FieldErrors; rest: string[] } {
  const fields: FieldErrors = {};
  const rest: string[] = [];
  if (!(error instanceof ApiError)) return { fields, rest };
  for (const { pointer, message } of error.fields) {
    const field = fieldOfPointer[pointer.replace(/^#/, '')];
    if (field) fields[field] ??= message;
    else rest.push(message);
  }
  return { fields, rest };
}

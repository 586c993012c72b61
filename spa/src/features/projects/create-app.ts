import { ApiError } from '@/api/client';
import type { CreateApp } from '@/api/types';
import { checkAppName, checkBranch, checkCommand, checkContainerfile, checkGitUrl, checkHealthPath, checkImage, checkPort, checkStaticDirectory } from '@/lib/grammar';

export interface CreateAppForm {
  gitUrl: string;
  branch: string;
  name: string;
  /** An image by its Containerfile, the files of a folder as they are, or an image and commands in it. */
  builtFrom: 'containerfile' | 'static' | 'commands';
  containerfile: string;
  staticDirectory: string;
  image: string;
  installCommand: string;
  buildCommand: string;
  startCommand: string;
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
  builtFrom: 'containerfile',
  containerfile: '',
  staticDirectory: 'dist',
  image: '',
  installCommand: '',
  buildCommand: '',
  startCommand: '',
  port: '8080',
  healthPath: '/',
  project: '',
};

function mistakesOfRecipe(form: CreateAppForm): [keyof CreateAppForm, string | undefined][] {
  if (form.builtFrom === 'static') return [['staticDirectory', checkStaticDirectory(form.staticDirectory)]];
  if (form.builtFrom === 'containerfile') return [['containerfile', checkContainerfile(form.containerfile)]];
  return [
    ['image', checkImage(form.image)],
    ['installCommand', checkCommand(form.installCommand)],
    ['buildCommand', checkCommand(form.buildCommand)],
    ['startCommand', form.startCommand === '' ? 'Say what is started, for example npm start.' : checkCommand(form.startCommand)],
  ];
}

export function validate(form: CreateAppForm): FieldErrors {
  const found: [keyof CreateAppForm, string | undefined][] = [
    ['gitUrl', checkGitUrl(form.gitUrl)],
    ['branch', checkBranch(form.branch)],
    ['name', checkAppName(form.name)],
    ...mistakesOfRecipe(form),
    ['port', checkPort(form.port)],
    ['healthPath', checkHealthPath(form.healthPath)],
  ];
  return Object.fromEntries(found.filter(([, mistake]) => mistake !== undefined));
}

const commandsOf = ({ image, installCommand, buildCommand, startCommand }: CreateAppForm) => ({
  image,
  ...(installCommand ? { install_command: installCommand } : {}),
  ...(buildCommand ? { build_command: buildCommand } : {}),
  start_command: startCommand,
});

/** The request body; what equals the server's default is left out. */
export function toRequest(form: CreateAppForm): CreateApp {
  return {
    name: form.name,
    source: {
      git_url: form.gitUrl,
      branch: form.branch,
      ...(form.builtFrom === 'static' ? { static_directory: form.staticDirectory } : {}),
      ...(form.builtFrom === 'commands' ? { commands: commandsOf(form) } : {}),
      ...(form.builtFrom === 'containerfile' && form.containerfile ? { containerfile: form.containerfile } : {}),
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
  '/source/static_directory': 'staticDirectory',
  '/source/commands/image': 'image',
  '/source/commands/install_command': 'installCommand',
  '/source/commands/build_command': 'buildCommand',
  '/source/commands/start_command': 'startCommand',
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

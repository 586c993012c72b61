// The server's grammars, mirrored so that a mistake is named while it is typed. The server decides.

type Check = string | undefined;

const notPlainAscii = /[^\u0021-\u007e]/;
const shellCharacters = /[$`;|&<>()'"\\!{}*?[\]]/;

function unsafe(value: string, forbidden: RegExp = shellCharacters): Check {
  if (value.startsWith('-')) return 'Do not start with a dash.';
  if (/\s/.test(value)) return 'Leave out the spaces.';
  if (notPlainAscii.test(value)) return 'Use plain ASCII characters only.';
  const found = forbidden.exec(value);
  return found ? `Leave out ${found[0]}` : undefined;
}

export function checkAppName(name: string): Check {
  if (name === '') return 'Give the app a name.';
  if (name.length > 40) return 'Use at most 40 characters.';
  if (/^[a-z]([a-z0-9-]*[a-z0-9])?$/.test(name)) return undefined;
  if (/[A-Z]/.test(name)) return 'Use small letters only.';
  if (!/^[a-z]/.test(name)) return 'Start with a letter.';
  if (name.endsWith('-')) return 'End with a letter or a digit.';
  return 'Use small letters, digits and dashes only.';
}

export function checkGitUrl(url: string): Check {
  if (url === '') return 'Give the address of a git repository.';
  if (url.length > 2048) return 'Use at most 2,048 characters.';
  const mistake = unsafe(url, /[$`;|&<>()'"\\!{}*?]/);
  if (mistake) return mistake;
  if (/^https?:\/\/[^/]*@/i.test(url)) return 'Leave out the user name and password.';
  if (/[#^]/.test(url)) return 'Give the branch in its own field.';
  const ssh = /^(?:(?:git\+)?ssh:\/\/|[A-Za-z0-9._-]+@[^/:]+:)/i.test(url);
  if (ssh) return 'Use the https address of the repository; ssh is not read.';
  const withScheme = /^https?:\/\/[^/]+\/[^/]+/i.test(url);
  return withScheme ? undefined : 'Use an address such as https://host/owner/hello.git';
}

export function checkBranch(branch: string): Check {
  if (branch === '') return 'Name a branch.';
  if (branch.length > 200) return 'Use at most 200 characters.';
  const mistake = unsafe(branch);
  if (mistake) return mistake;
  if (branch.startsWith('refs/')) return 'Leave out refs/heads/.';
  const refused = /[~^:]|\.\.|\/\/|^\/|[/.]$|\/[.-]|^\.|\.lock(\/|$)|^(@|HEAD)$/;
  return refused.test(branch) ? 'Git does not accept this name.' : undefined;
}

export function checkContainerfile(path: string): Check {
  if (path === '') return undefined;
  if (path.length > 255) return 'Use at most 255 characters.';
  const mistake = unsafe(path);
  if (mistake) return mistake;
  if (path.startsWith('/')) return 'Leave out the leading slash.';
  if (path.includes(':')) return 'Leave out :';
  return path.split('/').includes('..') ? 'Stay inside the repository.' : undefined;
}

export function checkStaticDirectory(path: string): Check {
  if (path === '') return 'Name the folder, such as dist; . for all of it.';
  if (path === '.') return undefined;
  if (path.endsWith('/')) return 'Leave out the trailing slash.';
  if (path.split('/').some((part) => part === '' || part === '.' || part === '..' || part === '.git' || part.startsWith('-'))) {
    return 'Write it plainly, like dist or docs/public.';
  }
  return checkContainerfile(path);
}

const imagePart = '[a-z0-9]+(?:[._-]+[a-z0-9]+)*';
const imageName = new RegExp(
  `^(?:[A-Za-z0-9.-]+(?::\\d{1,5})?/)?${imagePart}(?:/${imagePart})*(?::[A-Za-z0-9_][\\w.-]{0,127})?(?:@sha256:[0-9a-f]{64})?$`,
);

export function checkImage(image: string): Check {
  if (image === '') return 'Name the image that the commands run in, for example node:22.';
  if (image.length > 255) return 'Use at most 255 characters.';
  if (!imageName.test(image)) return 'Write it like node:22 or quay.io/org/name:tag.';
  return /^scratch(?:$|[:@])/.test(image) ? 'The image scratch has no shell.' : undefined;
}

export function checkCommand(command: string): Check {
  if (new TextEncoder().encode(command).length > 4096) return 'Use at most 4,096 bytes; put more into a script in the repository.';
  // eslint-disable-next-line no-control-regex -- it is what must not be there
  return /[\u0000-\u0008\u000b-\u001f\u007f-\u009f]/.test(command) ? 'Leave out control characters.' : undefined;
}

export function checkPort(port: string): Check {
  if (!/^\d{1,5}$/.test(port)) return 'Use a number from 1 to 65535.';
  const value = Number(port);
  return value >= 1 && value <= 65535 ? undefined : 'Use a number from 1 to 65535.';
}

/** Empty: a connection to the port is the check. */
export function checkHealthPath(path: string): Check {
  if (path === '') return undefined;
  if (!path.startsWith('/')) return 'Start with a slash.';
  if (path.length > 500) return 'Use at most 500 characters.';
  return unsafe(path, /[#"\\]/);
}

/** The platform sets these itself. */
const reservedVariables = new Set(['PORT', 'HOSTNAME', 'WISEHOSTING_APP', 'WISEHOSTING_RELEASE']);

export function checkVariableName(name: string): Check {
  if (name === '') return 'Name the variable.';
  if (name.length > 128) return 'Use at most 128 characters.';
  if (!/^[A-Za-z_][A-Za-z0-9_]*$/.test(name)) return 'Use letters, digits and underscores, and do not start with a digit.';
  return reservedVariables.has(name) ? `${name} is set by the platform.` : undefined;
}

/** "https://git.example/owner/My_App.git" → "my-app"; empty where no name can be made of it. */
export function suggestName(gitUrl: string): string {
  const last = gitUrl.replace(/[/]+$/, '').split(/[/:]/).pop() ?? '';
  const name = last
    .replace(/\.git$/, '')
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^[^a-z]+/, '')
    .slice(0, 40)
    .replace(/-+$/, '');
  return checkAppName(name) === undefined ? name : '';
}

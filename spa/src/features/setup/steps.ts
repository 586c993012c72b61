import type { App, Me, Member, SignIn, Worker } from '@/api/types';

/** What is known of the installation; undefined: not yet, or the person may not know. */
export interface Known {
  workers: readonly Worker[] | undefined;
  apps: readonly App[] | undefined;
  signIn: SignIn | null | undefined;
  mail: { set_up: boolean } | undefined;
  me: Me | undefined;
  members: readonly Member[] | undefined;
}

export type StepId = 'worker' | 'app' | 'live' | 'sign-in' | 'authenticator' | 'people' | 'mail';

export interface Step {
  id: StepId;
  title: string;
  text: string;
  /** undefined: not known. */
  done: boolean | undefined;
  /** Nothing breaks without it. */
  optional: boolean;
  href: string;
  action: string;
  command?: string;
  /** The document that explains it. */
  doc?: string;
}

const can = (workers: readonly Worker[], what: string) =>
  workers.some((worker) => worker.state === 'online' && (worker.capabilities ?? []).includes(what));

function workerText(workers: readonly Worker[] | undefined): string {
  if (!workers || workers.length === 0) return 'Apps run on workers: your own Linux machines. Each dials out and needs no open port.';
  const missing = (['run', 'build', 'edge'] as const).filter((what) => !can(workers, what));
  const words = { run: 'runs apps', build: 'builds them', edge: 'takes requests' } as const;
  return missing.length === 0
    ? 'One runs apps, one builds them, one takes requests; that may be the same machine.'
    : `None that is online ${missing.map((what) => words[what]).join(' or ')}.`;
}

/** What a new installation needs, in order. What only an operator can do is left out for others. */
export function stepsOf(known: Known): Step[] {
  const { workers, apps, signIn, mail, me, members } = known;
  const operator = me?.person?.is_operator === true;
  const steps: Step[] = [
    {
      id: 'worker',
      title: 'A worker is online',
      text: workerText(workers),
      done: workers && (['run', 'build', 'edge'] as const).every((what) => can(workers, what)),
      optional: false,
      href: '/workers',
      action: 'Add a worker',
      command: 'wh-control-plane worker-token NAME',
    },
    {
      id: 'app',
      title: 'The first app is created',
      text: 'Give the address of a git repository with a Containerfile or Dockerfile.',
      done: apps && apps.length > 0,
      optional: false,
      href: '/apps/new',
      action: 'Create app',
      command: 'wh apps create hello --git https://…/hello.git --deploy',
      doc: 'first-app',
    },
    {
      id: 'live',
      title: 'It is live',
      text: 'Its first deployment is built, checked and gets a URL. One that fails says the step and what to do.',
      done: apps?.some((app) => app.current_release !== null),
      optional: false,
      href: apps?.[0] ? `/apps/${encodeURIComponent(apps[0].name)}` : '/',
      action: 'See the app',
      command: 'wh status',
    },
    ...(operator
      ? [
          {
            id: 'sign-in',
            title: 'People can sign in',
            text: 'Connect Google or another OpenID provider. Until then, setup links are the only way in.',
            done: signIn === undefined ? undefined : signIn?.ready === true,
            optional: false,
            href: '/account/installation',
            action: 'Connect a provider',
            doc: 'sign-in',
          } as const,
        ]
      : []),
    {
      id: 'authenticator',
      title: 'Your account has an authenticator',
      text: 'A second factor, and the means to prove that it is you before anything dangerous.',
      done: me?.totp_on,
      optional: false,
      href: '/account/security',
      action: 'Add an authenticator',
    },
    {
      id: 'people',
      title: 'Somebody else can help',
      text: 'Invite a second person, so that the installation does not depend on one.',
      done: members && members.length > 1,
      optional: true,
      href: '/organization/members',
      action: 'Invite somebody',
      command: 'wh members invite member',
    },
    ...(operator
      ? [
          {
            id: 'mail',
            title: 'Mail goes out',
            text: 'With a mail server, invitations are sent. Without one, you hand over their links.',
            done: mail?.set_up,
            optional: true,
            href: '/account/installation',
            action: 'Set the mail server',
            doc: 'mail',
          } as const,
        ]
      : []),
  ];
  return steps;
}

/** How many of the needed ones are done. */
export function progressOf(steps: readonly Step[]): { done: number; of: number } {
  const needed = steps.filter((step) => !step.optional);
  return { done: needed.filter((step) => step.done === true).length, of: needed.length };
}

import type { Tone } from '@/components/status-badge';
import { lookup } from '@/lib/lookup';

import type { Line } from './lines';

interface Words {
  tone: Tone;
  /** `{}` stands for what it is about, by its name. */
  text: string;
  /** What is said in place of a name that is not known. */
  nameless: string;
}

const words: Record<string, Omit<Words, 'nameless'>> = {
  'deployment.queued': { tone: 'busy', text: 'Deployment {} is waiting' },
  'deployment.building': { tone: 'busy', text: 'Deployment {} is building' },
  'deployment.built': { tone: 'busy', text: 'Deployment {} is built' },
  'deployment.releasing': { tone: 'busy', text: 'Deployment {} is releasing' },
  'deployment.live': { tone: 'ok', text: 'Deployment {} went live' },
  'deployment.failed': { tone: 'bad', text: 'Deployment {} failed' },
  'deployment.cancelled': { tone: 'idle', text: 'Deployment {} was cancelled' },
  'deployment.superseded': { tone: 'idle', text: 'Deployment {} made way for a newer one' },
  'app.created': { tone: 'idle', text: '{} was created' },
  'app.updated': { tone: 'idle', text: '{} was changed: its settings, or what it runs' },
  'app.variables': { tone: 'idle', text: 'Variables of {} were changed' },
  'app.stopping': { tone: 'warn', text: '{} was stopped' },
  'app.starting': { tone: 'busy', text: '{} was started' },
  'app.deleting': { tone: 'warn', text: '{} was deleted; it can be brought back for 24 hours' },
  'app.restored': { tone: 'ok', text: '{} was brought back' },
  'app.deleted': { tone: 'warn', text: '{} was erased for good' },
  'replica.failed': { tone: 'bad', text: 'A replica of {} failed' },
  'project.created': { tone: 'idle', text: 'Project {} was created' },
  'project.updated': { tone: 'idle', text: 'Project {} was changed' },
  'project.deleted': { tone: 'warn', text: 'Project {} was deleted' },
  'environment.created': { tone: 'idle', text: 'Environment {} was created' },
  'environment.updated': { tone: 'idle', text: 'Environment {} was changed' },
  'environment.deleted': { tone: 'warn', text: 'Environment {} was deleted' },
  'organization.created': { tone: 'ok', text: 'The organization was created' },
  'organization.updated': { tone: 'idle', text: 'Settings of the organization were changed' },
  'organization.deleting': { tone: 'warn', text: 'The organization was deleted; it can be brought back for 24 hours' },
  'organization.restored': { tone: 'ok', text: 'The organization was brought back' },
  'member.updated': { tone: 'idle', text: 'The role of {} was changed' },
  'member.removed': { tone: 'warn', text: '{} was removed' },
  'member.invited': { tone: 'idle', text: 'Invitations were changed' },
  'member.joined': { tone: 'ok', text: '{} joined' },
  'worker.enrolled': { tone: 'idle', text: 'Worker {} was enrolled' },
  'worker.online': { tone: 'ok', text: 'Worker {} is online' },
  'worker.unreachable': { tone: 'warn', text: 'Worker {} is unreachable' },
  'worker.lost': { tone: 'bad', text: 'Worker {} is lost; its replicas are placed elsewhere' },
  'worker.duplicate': { tone: 'bad', text: 'Two machines say that they are worker {}' },
};

const nameless: Record<string, string> = {
  app: 'an app',
  replica: 'an app',
  deployment: 'an app',
  project: 'of this organization',
  environment: 'of a project',
  member: 'a member',
  worker: 'of this installation',
};

/** What happened, in words; a kind that this dashboard does not know is told by its name. */
export const wordsOf = (line: Line): Words => ({
  ...lookup(words, line.kind, { tone: 'idle', text: line.kind.replace(/[._]/g, ' ') }),
  nameless: lookup(nameless, line.kind.split('.', 1)[0] ?? '', ''),
});

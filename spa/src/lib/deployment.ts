import type { Deployment } from '@/api/types';

import { lookup } from './lookup';

/** What stands in the place of an address where folders are sent. */
export const noRepository = 'upload:';

/** True where nothing more happens to it by itself. */
export const isFinal = (state: Deployment['state']) =>
  state === 'live' || state === 'failed' || state === 'cancelled' || state === 'superseded';

const triggers: Record<Deployment['trigger'], string> = {
  push: 'Push',
  webhook: 'Webhook',
  manual: 'By hand',
  api: 'API',
  rollback: 'Rollback',
  restart: 'Restart',
  variables: 'Variables',
  schedule: 'Schedule',
};

export function triggerText(deployment: Deployment): string {
  if (deployment.rollback_of != null) return `Rollback to release ${deployment.rollback_of}`;
  return lookup(triggers, deployment.trigger, deployment.trigger);
}

/** What a deployment is called in a list: its commit message, else what started it. */
export function headline(deployment: Deployment): string {
  const message = deployment.source.commit_message?.split('\n', 1)[0];
  if (deployment.trigger === 'rollback' || deployment.trigger === 'restart') return triggerText(deployment);
  return message?.trim() ? message : `Deploy ${deployment.source.branch}`;
}

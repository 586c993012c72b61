import type { FailureStep } from '@/api/types';

import { lookup } from './lookup';

const steps: Record<FailureStep, string> = {
  source: 'Fetching the source',
  build: 'The build',
  push: 'Storing the image',
  place: 'Finding a worker',
  start: 'Starting the container',
  health: 'The health check',
  route: 'Routing to it',
};

export const stepName = (step: FailureStep) => lookup(steps, step, step);

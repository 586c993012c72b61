import type { Worker } from '@/api/types';
import type { Status } from '@/components/status-badge';
import { formatBytes, plural } from '@/lib/format';
import { lookup } from '@/lib/lookup';

const states: Record<Worker['state'], Status> = {
  pending: { label: 'Pending', tone: 'idle' },
  enrolled: { label: 'Enrolled', tone: 'busy' },
  online: { label: 'Online', tone: 'ok' },
  unreachable: { label: 'Unreachable', tone: 'warn' },
  lost: { label: 'Lost', tone: 'bad' },
  revoked: { label: 'Revoked', tone: 'idle' },
  duplicate: { label: 'Duplicate', tone: 'bad' },
};

export const workerStatus = (worker: Worker): Status => lookup(states, worker.state, { label: worker.state, tone: 'idle' });

/** "4 cores, 8.2 GB"; a worker that never reported has neither. */
export function workerSize(worker: Worker): string {
  const parts = [
    worker.cpus ? plural(worker.cpus, 'core') : '',
    worker.memory_bytes ? formatBytes(worker.memory_bytes) : '',
  ].filter(Boolean);
  return parts.join(', ') || '–';
}

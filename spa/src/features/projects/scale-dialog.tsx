import { useState } from 'react';

import type { App, UpdateApp } from '@/api/types';
import { Dialog } from '@/components/dialog';
import { Field } from '@/components/field';
import { DialogForm } from '@/components/form';

import { useUpdateApp } from './api';

interface ScaleDialogProps {
  app: App;
  open: boolean;
  onClose: () => void;
  onScaled: (app: App) => void;
}

const mebibyte = 1024 * 1024;

const whole = (text: string, least: number, most: number): string | undefined =>
  /^\d+$/.test(text) && Number(text) >= least && Number(text) <= most
    ? undefined
    : `A whole number from ${least} to ${most}.`;

/** Only what was changed is sent. */
function changes(app: App, replicas: string, cpu: string, memory: string): UpdateApp {
  const body: UpdateApp = {};
  if (Number(replicas) !== app.desired_replicas) body.desired_replicas = Number(replicas);
  const limits: NonNullable<UpdateApp['limits']> = {};
  if (Number(cpu) !== app.limits.cpu_millis) limits.cpu_millis = Number(cpu);
  if (Number(memory) * mebibyte !== app.limits.memory_bytes) limits.memory_bytes = Number(memory) * mebibyte;
  if (Object.keys(limits).length > 0) body.limits = limits;
  return body;
}

function command(app: App, body: UpdateApp): string {
  const words = ['wh scale', app.name];
  if (body.desired_replicas !== undefined) words.push(String(body.desired_replicas));
  if (body.limits?.cpu_millis !== undefined) words.push('--cpu', String(body.limits.cpu_millis));
  if (body.limits?.memory_bytes !== undefined) words.push('--memory', String(body.limits.memory_bytes / mebibyte));
  return words.join(' ');
}

function ScaleForm({ app, onClose, onScaled }: Omit<ScaleDialogProps, 'open'>) {
  const [replicas, setReplicas] = useState(String(app.desired_replicas));
  const [cpu, setCpu] = useState(String(app.limits.cpu_millis));
  const [memory, setMemory] = useState(String(Math.round(app.limits.memory_bytes / mebibyte)));
  const update = useUpdateApp(app.name, onScaled);
  const mistakes = {
    replicas: whole(replicas, 0, 100),
    cpu: whole(cpu, 50, 64_000),
    memory: whole(memory, 32, 1_048_576),
  };
  const body = changes(app, replicas, cpu, memory);
  const ready = Object.values(mistakes).every((mistake) => mistake === undefined) && Object.keys(body).length > 0;
  return (
    <DialogForm
      action="Scale"
      keep="Keep it"
      command={command(app, body)}
      busy={update.isPending}
      ready={ready}
      error={update.error}
      onClose={onClose}
      onSubmit={() => update.mutate(body)}
    >
      <Field
        label="Replicas"
        inputMode="numeric"
        value={replicas}
        error={mistakes.replicas}
        hint="Takes effect at once. With 0 nothing runs and the address answers 503."
        onChange={(event) => setReplicas(event.target.value)}
        autoFocus
      />
      <div className="grid gap-4 sm:grid-cols-2">
        <Field
          label="Processor, thousandths"
          inputMode="numeric"
          value={cpu}
          error={mistakes.cpu}
          hint="500 is half of one."
          onChange={(event) => setCpu(event.target.value)}
        />
        <Field
          label="Memory, MiB"
          inputMode="numeric"
          value={memory}
          error={mistakes.memory}
          hint="A replica that needs more is ended."
          onChange={(event) => setMemory(event.target.value)}
        />
      </div>
      {body.limits && (
        <p className="text-muted">Limits are of each replica; they are staged until the next release.</p>
      )}
    </DialogForm>
  );
}

/** How many replicas an app has, and what each may use. */
export function ScaleDialog({ open, ...form }: ScaleDialogProps) {
  return (
    <Dialog open={open} onClose={form.onClose} title={`Scale ${form.app.name}`}>
      <ScaleForm {...form} />
    </Dialog>
  );
}

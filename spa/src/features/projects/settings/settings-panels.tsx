import { ChevronRight } from 'lucide-react';
import { useState, type ReactNode } from 'react';

import { ApiError } from '@/api/client';
import type { App } from '@/api/types';
import { ActionError } from '@/components/action-error';
import { Button } from '@/components/button';
import { CliTwin } from '@/components/cli-twin';
import { Field } from '@/components/field';
import { Panel } from '@/components/panel';
import { SelectField } from '@/components/select-field';
import { noRepository } from '@/lib/deployment';
import { notAllowed, useCanIn } from '@/lib/permissions';
import { toast } from '@/lib/toast';

import { useUpdateApp } from '../api';
import { CommandFields, commandFields, type CommandField } from '../command-fields';
import { changesOf, formOf, fromServer, mistakesIn, roots, scaleCommand, settingsCommand, type Mistakes, type SettingsField, type SettingsForm } from './form';

interface Bound {
  value: string;
  error: string | undefined;
  disabled: boolean;
  onChange: (event: { target: { value: string } }) => void;
}

interface PartProps {
  app: App;
  title: string;
  /** The document that explains it. */
  doc?: string;
  fields: readonly SettingsField[];
  /** What saving it means: now, or with the next deployment. */
  takesEffect: string;
  saved: (app: App) => string;
  command: (form: SettingsForm) => string;
  children: (bind: (field: SettingsField) => Bound) => ReactNode;
}

/** One form of the settings: saved by itself, with mistakes at their fields. */
function Part({ app, title, doc, fields, takesEffect, saved, command, children }: PartProps) {
  const [form, setForm] = useState(() => formOf(app));
  const [mistakes, setMistakes] = useState<Mistakes>({});
  const mayWrite = useCanIn(app.project, 'app:write');
  const update = useUpdateApp(app.name, (changed) => {
    setForm(formOf(changed));
    toast.done(saved(changed), takesEffect);
  });
  const refused = update.error instanceof ApiError ? fromServer(update.error.fields) : {};
  const changes = changesOf(form, app);
  const changed = Object.keys(changes).length > 0;
  const off = !mayWrite || app.state === 'deleting';

  const submit = () => {
    const found = mistakesIn(form, app, fields);
    setMistakes(found);
    if (changed && Object.keys(found).length === 0) update.mutate(changes);
  };
  const bind = (field: SettingsField): Bound => ({
    value: form[field],
    error: mistakes[field] ?? refused[field],
    disabled: off,
    onChange: (event) => {
      // In a command, a space at the end is one before the next word.
      const verbatim = field !== 'image' && commandFields.includes(field as CommandField);
      setForm({ ...form, [field]: verbatim ? event.target.value : event.target.value.trim() });
      setMistakes({ ...mistakes, [field]: undefined });
      if (update.isError) update.reset();
    },
  });
  return (
    <Panel title={title} doc={doc}>
      <form
        noValidate
        aria-label={title}
        onSubmit={(event) => {
          event.preventDefault();
          submit();
        }}
      >
        <div className="space-y-4 p-4">{children(bind)}</div>
        {Object.keys(refused).length === 0 && <ActionError error={update.error} onProved={submit} className="mx-4 mb-4" />}
        <div className="flex flex-wrap items-center gap-x-3 gap-y-2 border-t border-line bg-sunken px-4 py-2.5">
          <p className="min-w-0 flex-1 basis-48 text-muted">{off && !mayWrite ? notAllowed : takesEffect}</p>
          {changed && (
            <Button
              look="quiet"
              size="sm"
              onClick={() => {
                setForm(formOf(app));
                setMistakes({});
                update.reset();
              }}
            >
              Discard
            </Button>
          )}
          <Button type="submit" size="sm" look={changed ? 'primary' : 'secondary'} disabled={off || !changed} busy={update.isPending}>
            Save
          </Button>
          {changed && <CliTwin command={command(form)} className="w-full" />}
        </div>
      </form>
    </Panel>
  );
}

interface ChoiceProps {
  label: string;
  hint: string;
  className: string;
  options: Record<string, string>;
  bound: Bound;
}

function Choice({ label, hint, className, options, bound: { error, ...select } }: ChoiceProps) {
  return (
    <SelectField label={label} hint={error ?? hint} className={className} {...select}>
      {Object.entries(options).map(([value, words]) => (
        <option key={value} value={value}>
          {words}
        </option>
      ))}
    </SelectField>
  );
}

const staged = 'Live with the next deployment.';

export function SourceSettings({ app }: { app: App }) {
  return (
    <Part
      app={app}
      title="Source"
      doc="build-commands"
      fields={['gitUrl', 'branch', 'containerfile', 'staticDirectory', ...commandFields]}
      takesEffect={staged}
      saved={() => 'The source was changed'}
      command={(form) => settingsCommand(app.name, changesOf(form, app))}
    >
      {(bind) => (
        <>
          <Field
            label="Git URL"
            mono
            inputMode="url"
            hint={
              app.source.git_url === noRepository
                ? 'upload: stands for folders that are sent. With an address, that repository is built instead.'
                : 'An https address that can be read without a password.'
            }
            {...bind('gitUrl')}
          />
          <div className="grid gap-4 sm:grid-cols-2">
            <Field label="Branch" mono hint="Its newest commit is built." {...bind('branch')} />
            <Field label="Containerfile" mono placeholder="Found by itself" hint="Its path, when it is not at the top." {...bind('containerfile')} />
            <Field
              label="Static folder"
              mono
              className="sm:col-span-2"
              placeholder="None: a Containerfile is built"
              hint="Instead of a Containerfile: its files are served as they are. A full stop is the whole repository."
              {...bind('staticDirectory')}
            />
          </div>
          <details open={app.source.commands != null} className="group">
            <summary className="inline-flex items-center gap-1.5 rounded-md font-medium text-muted hover:text-ink">
              <ChevronRight aria-hidden className="size-4 transition-transform group-open:rotate-90" />
              Commands instead of a Containerfile
            </summary>
            <div className="mt-4 grid gap-4 sm:grid-cols-2">
              <CommandFields bind={bind} />
            </div>
          </details>
        </>
      )}
    </Part>
  );
}

export function HealthSettings({ app }: { app: App }) {
  return (
    <Part
      app={app}
      title="Health"
      fields={['port', 'healthPath']}
      takesEffect={staged}
      saved={() => 'The health check was changed'}
      command={(form) => settingsCommand(app.name, changesOf(form, app))}
    >
      {(bind) => (
        <div className="grid gap-4 sm:grid-cols-2">
          <Field label="Port" inputMode="numeric" hint="Your app gets it as PORT." {...bind('port')} />
          <Field label="Health path" mono hint="Healthy when it answers below status 500. Empty: when it accepts a connection." {...bind('healthPath')} />
        </div>
      )}
    </Part>
  );
}

export function ScaleSettings({ app }: { app: App }) {
  return (
    <Part
      app={app}
      title="Scale"
      fields={['replicas']}
      takesEffect="Takes effect at once."
      saved={(changed) => `${changed.name} shall have ${changed.desired_replicas} replicas`}
      command={(form) => scaleCommand(app.name, changesOf(form, app))}
    >
      {(bind) => <Field label="Replicas" className="sm:max-w-60" inputMode="numeric" hint="0 to 100. With 0 nothing runs and the address answers 503." {...bind('replicas')} />}
    </Part>
  );
}

export function RequestSettings({ app }: { app: App }) {
  return (
    <Part
      app={app}
      title="Requests of one address"
      doc="request-limits"
      fields={['requests', 'burst']}
      takesEffect="Takes effect at once. What is more is answered 429 before it reaches the app."
      saved={(changed) => ((changed.request_limit?.per_minute ?? 0) > 0 ? 'The limit of requests was changed' : 'Requests are not limited')}
      command={(form) => settingsCommand(app.name, changesOf(form, app))}
    >
      {(bind) => (
        <div className="grid gap-4 sm:grid-cols-2">
          <Field label="A minute" inputMode="numeric" hint="0: as many as it likes. 1000 is usual for a public site." {...bind('requests')} />
          <Field label="At once" inputMode="numeric" hint="After a pause, before the limit counts." {...bind('burst')} />
        </div>
      )}
    </Part>
  );
}

export function ResourceSettings({ app }: { app: App }) {
  return (
    <Part
      app={app}
      title="Resources of each replica"
      fields={['cpuMillis', 'memoryMib', 'pids', 'diskMib', 'root']}
      takesEffect={staged}
      saved={() => 'The limits were changed'}
      command={(form) => settingsCommand(app.name, changesOf(form, app))}
    >
      {(bind) => (
        <>
          <div className="grid gap-4 sm:grid-cols-3">
            <Field label="Processor, thousandths" inputMode="numeric" hint="500 is half of one." {...bind('cpuMillis')} />
            <Field label="Memory, MiB" inputMode="numeric" hint="One that needs more is ended." {...bind('memoryMib')} />
            <Field label="Processes" inputMode="numeric" hint="Threads count too." {...bind('pids')} />
          </div>
          <div className="grid gap-4 sm:grid-cols-3">
            <Field label="Files, MiB" inputMode="numeric" hint="Outside its volumes. One that writes more says so." {...bind('diskMib')} />
            <Choice label="It writes to" options={roots} hint="What is outside its volumes goes when it is replaced." className="sm:col-span-2" bound={bind('root')} />
          </div>
        </>
      )}
    </Part>
  );
}

import { useEffect, useMemo, useState } from 'react';

import { send } from '@/api/client';
import { paths, type LogWanted } from '@/api/paths';
import type { Level } from '@/components/log-view/level';
import { LogBuffer, type Line } from '@/components/log-view/log-buffer';
import { LogView } from '@/components/log-view/log-view';
import { openStream } from '@/lib/event-stream';
import { copyLink } from '@/lib/copy-link';
import { saveFile } from '@/lib/save-file';
import { useOrg } from '@/lib/session';
import { toast } from '@/lib/toast';

type StreamState = 'connecting' | 'streaming' | 'reconnecting';

const tail = 500;
const maxLines = 20_000;

/** What is chosen above the log, and in the address of the page. */
export interface LogChoice {
  /** A span before now, or a moment. */
  since: string;
  replica: string;
  grep: string;
  level?: string;
  /** The moment of the line that the address names. */
  at?: string;
}

const everything: LogChoice = { since: '', replica: '', grep: '' };

/** Where the log begins: a little before the line that is named, else where it was asked for. */
export function beginning({ since, at }: LogChoice): string {
  const moment = Date.parse(at ?? '');
  return since === '' && !Number.isNaN(moment) ? new Date(moment - 10_000).toISOString() : since;
}

function parse(data: string): { replica?: string; text?: string } {
  try {
    const value: unknown = JSON.parse(data);
    return typeof value === 'object' && value !== null ? value : {};
  } catch {
    return {};
  }
}

/** The last eight characters tell replicas apart: the first ones of a UUIDv7 are the time. */
const shortReplica = (replica: string) => (replica.length > 12 ? replica.slice(-8) : replica);

/** Follows the output of the chosen replicas; a stream that broke goes on where it was, without a gap or a repeat. */
export function useRuntimeLog(org: string, app: string, choice: LogChoice = everything) {
  const { replica: only, grep } = choice;
  const since = beginning(choice);
  const buffer = useMemo(() => new LogBuffer(maxLines), []);
  const [state, setState] = useState<StreamState>('connecting');
  const [replicas, setReplicas] = useState<readonly string[]>([]);

  useEffect(() => {
    buffer.reset();
    let cursor = '';
    const wanted = (): LogWanted => ({
      ...(since ? { since } : { tail }),
      ...(only ? { replica: only } : {}),
      ...(grep ? { grep } : {}),
      ...(cursor ? { cursor } : {}),
      timestamps: true,
    });
    return openStream(
      { url: () => paths.runtimeLogStream(org, app, wanted()), events: ['log', 'gap', 'note', 'place'] },
      {
        onOpen: (again) => {
          // Nothing told yet where it stands: the new stream begins as the first one did.
          if (again && cursor === '') buffer.reset();
          setState('streaming');
        },
        onLost: () => setState('reconnecting'),
        onEvent: (event, data, id) => {
          if (id !== '') cursor = id;
          const { replica, text } = parse(data);
          if (typeof text !== 'string') return;
          const name = typeof replica === 'string' ? replica : '';
          if (name) setReplicas((known) => (known.includes(name) ? known : [...known, name].sort()));
          buffer.append(text.endsWith('\n') ? text : `${text}\n`, name ? shortReplica(name) : '', event === 'log');
        },
      },
    );
  }, [buffer, org, app, since, only, grep]);

  return { buffer, state, replicas };
}

const stateText: Record<StreamState, string> = {
  connecting: 'Connecting…',
  streaming: 'Streaming',
  reconnecting: 'Reconnecting…',
};

const spans = [
  ['', 'Last lines'],
  ['10m', 'Last 10 minutes'],
  ['1h', 'Last hour'],
  ['24h', 'Last day'],
] as const;

const levels = [
  ['', 'All levels'],
  ['warn', 'Warnings and errors'],
  ['error', 'Errors'],
] as const;

const fieldClass = 'h-control-sm max-w-44 rounded-md border border-line bg-surface px-1.5 text-xs text-ink';

interface ChooserProps {
  choice: LogChoice;
  replicas: readonly string[];
  onChange: (choice: LogChoice) => void;
}

/** "2026-11-21T10:00:00.000Z" as a field for local times wants it. */
function localTime(moment: string): string {
  const at = new Date(moment);
  return Number.isNaN(at.getTime()) ? '' : new Date(at.getTime() - at.getTimezoneOffset() * 60_000).toISOString().slice(0, 19);
}

interface OneOfProps {
  label: string;
  value: string;
  options: readonly (readonly [string, string])[];
  onChange: (value: string) => void;
}

function OneOf({ label, value, options, onChange }: OneOfProps) {
  const known = options.some(([each]) => each === value);
  return (
    <select aria-label={label} className={fieldClass} value={value} onChange={(event) => onChange(event.target.value)}>
      {!known && <option value={value}>{value}</option>}
      {options.map(([each, text]) => (
        <option key={each} value={each}>
          {text}
        </option>
      ))}
    </select>
  );
}

/** Which replica, since when, how bad, which lines. */
function Chooser({ choice, replicas, onChange }: ChooserProps) {
  const [grep, setGrep] = useState(choice.grep);
  const begins = beginning(choice);
  const span = spans.some(([each]) => each === begins);
  return (
    <form
      aria-label="What is shown"
      className="flex flex-wrap items-center gap-1.5"
      onSubmit={(event) => {
        event.preventDefault();
        onChange({ ...choice, grep });
      }}
    >
      <OneOf
        label="Replica"
        value={choice.replica}
        options={[['', 'All replicas'], ...replicas.map((each) => [each, each] as const)]}
        onChange={(replica) => onChange({ ...choice, replica })}
      />
      <OneOf
        label="Since"
        value={span ? begins : 'moment'}
        options={span ? spans : [...spans, ['moment', 'Since the time beside']]}
        onChange={(since) => onChange({ ...choice, since: since === 'moment' ? begins : since, at: '' })}
      />
      <input
        type="datetime-local"
        step={1}
        aria-label="Jump to time"
        title="Jump to time"
        className={fieldClass}
        value={span ? '' : localTime(begins)}
        onChange={(event) => {
          const at = new Date(event.target.value);
          if (!Number.isNaN(at.getTime())) onChange({ ...choice, since: at.toISOString(), at: '' });
        }}
      />
      <OneOf label="Level" value={choice.level ?? ''} options={levels} onChange={(level) => onChange({ ...choice, level })} />
      <input
        aria-label="Only lines that contain"
        placeholder="Only lines with …"
        maxLength={200}
        className={`${fieldClass} w-36`}
        value={grep}
        onChange={(event) => setGrep(event.target.value)}
        onBlur={() => grep !== choice.grep && onChange({ ...choice, grep })}
      />
    </form>
  );
}

interface RuntimeLogProps {
  app: string;
  choice: LogChoice;
  onChoice: (choice: LogChoice) => void;
}

/** The output of an app's replicas as it comes. What is chosen is the page's address, so that it can be given to others. */
export function RuntimeLog({ app, choice, onChoice }: RuntimeLogProps) {
  const org = useOrg();
  const { buffer, state, replicas } = useRuntimeLog(org, app, choice);
  const { at } = choice;

  const download = async () => {
    try {
      const { replica, grep } = choice;
      const wanted = { since: beginning(choice), replica, grep, tail: 'all' as const, timestamps: true };
      const response = await send(paths.runtimeLog(org, app, wanted));
      saveFile(await response.blob(), `${app}.log`);
    } catch (error) {
      toast.error('The log could not be downloaded', error instanceof Error ? error.message : undefined);
    }
  };
  const lineHref = (line: Line) => `?${new URLSearchParams({ ...(choice.replica ? { replica: choice.replica } : {}), at: line.at }).toString()}`;
  const level = choice.level === 'warn' || choice.level === 'error' ? (choice.level satisfies Level) : null;

  return (
    <LogView
      label="Runtime log"
      buffer={buffer}
      timed
      least={level}
      status={stateText[state]}
      empty={state === 'streaming' ? 'Nothing was written yet. New lines appear here.' : 'Connecting…'}
      onDownload={download}
      lineHref={lineHref}
      onPickLine={(line) => {
        if (!line.at) return;
        window.history.replaceState(window.history.state, '', lineHref(line));
        void copyLink();
      }}
      {...(at ? { isTarget: (line: Line) => line.at === at } : {})}
    >
      <Chooser choice={choice} replicas={replicas} onChange={onChoice} />
    </LogView>
  );
}

import { useEffect, useMemo, useState } from 'react';

import { send } from '@/api/client';
import { paths, type LogWanted } from '@/api/paths';
import { LogBuffer } from '@/components/log-view/log-buffer';
import { LogView } from '@/components/log-view/log-view';
import { openStream } from '@/lib/event-stream';
import { saveFile } from '@/lib/save-file';
import { useOrg } from '@/lib/session';
import { toast } from '@/lib/toast';

type StreamState = 'connecting' | 'streaming' | 'reconnecting';

const tail = 500;
const maxLines = 20_000;

/** What is chosen above the log. */
export interface LogChoice {
  since: string;
  replica: string;
  grep: string;
}

const everything: LogChoice = { since: '', replica: '', grep: '' };

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
  const { since, replica: only, grep } = choice;
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
        onEvent: (_event, data, id) => {
          if (id !== '') cursor = id;
          const { replica, text } = parse(data);
          if (typeof text !== 'string') return;
          const name = typeof replica === 'string' ? replica : '';
          if (name) setReplicas((known) => (known.includes(name) ? known : [...known, name].sort()));
          buffer.append(text.endsWith('\n') ? text : `${text}\n`, name ? shortReplica(name) : '');
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

const fieldClass =
  'h-8 rounded-md border border-line bg-surface px-2 text-[0.8125rem] text-ink outline-offset-1 focus-visible:outline-2';

interface ChooserProps {
  choice: LogChoice;
  replicas: readonly string[];
  onChange: (choice: LogChoice) => void;
}

/** Since when, which replica, which lines. */
function Chooser({ choice, replicas, onChange }: ChooserProps) {
  const [grep, setGrep] = useState(choice.grep);
  return (
    <form
      className="flex flex-wrap items-center gap-2 border-b border-log-line px-3 py-2 sm:px-4"
      onSubmit={(event) => {
        event.preventDefault();
        onChange({ ...choice, grep });
      }}
    >
      <select
        aria-label="Since"
        className={fieldClass}
        value={choice.since}
        onChange={(event) => onChange({ ...choice, since: event.target.value })}
      >
        {spans.map(([value, label]) => (
          <option key={value} value={value}>
            {label}
          </option>
        ))}
      </select>
      <select
        aria-label="Replica"
        className={fieldClass}
        value={choice.replica}
        onChange={(event) => onChange({ ...choice, replica: event.target.value })}
      >
        <option value="">All replicas</option>
        {replicas.map((each) => (
          <option key={each} value={each}>
            {each}
          </option>
        ))}
      </select>
      <input
        aria-label="Only lines that contain"
        placeholder="Only lines that contain …"
        maxLength={200}
        className={`${fieldClass} min-w-0 flex-1 sm:max-w-80`}
        value={grep}
        onChange={(event) => setGrep(event.target.value)}
        onBlur={() => grep !== choice.grep && onChange({ ...choice, grep })}
      />
    </form>
  );
}

export function RuntimeLog({ app }: { app: string }) {
  const org = useOrg();
  const [choice, setChoice] = useState<LogChoice>(everything);
  const { buffer, state, replicas } = useRuntimeLog(org, app, choice);

  const download = async () => {
    try {
      const wanted = { ...choice, tail: 'all' as const, timestamps: true };
      const response = await send(paths.runtimeLog(org, app, wanted));
      saveFile(await response.blob(), `${app}.log`);
    } catch (error) {
      toast.error('The log could not be downloaded', error instanceof Error ? error.message : undefined);
    }
  };

  return (
    <>
      <Chooser choice={choice} replicas={replicas} onChange={setChoice} />
      <LogView
        label="Runtime log"
        buffer={buffer}
        status={`${stateText[state]} ${choice.replica || 'all replicas'}`}
        empty={state === 'streaming' ? 'Nothing was written yet. New lines appear here.' : 'Connecting…'}
        onDownload={download}
      />
    </>
  );
}

import { useEffect, useMemo, useState } from 'react';

import { send } from '@/api/client';
import { paths } from '@/api/paths';
import { LogBuffer } from '@/components/log-view/log-buffer';
import { LogView } from '@/components/log-view/log-view';
import { openStream } from '@/lib/event-stream';
import { saveFile } from '@/lib/save-file';
import { useOrg } from '@/lib/session';
import { toast } from '@/lib/toast';

type StreamState = 'connecting' | 'streaming' | 'reconnecting';

const tail = 500;
const downloadTail = 10_000;
const maxLines = 20_000;

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

/** Follows the output of all replicas. */
export function useRuntimeLog(org: string, app: string) {
  const buffer = useMemo(() => new LogBuffer(maxLines), []);
  const [state, setState] = useState<StreamState>('connecting');

  useEffect(() => {
    buffer.reset();
    return openStream(
      { url: () => paths.runtimeLogStream(org, app, tail), events: ['log'] },
      {
        onOpen: (again) => {
          // The stream has no position: a new one begins with the tail again.
          if (again) buffer.reset();
          setState('streaming');
        },
        onLost: () => setState('reconnecting'),
        onEvent: (_event, data) => {
          const { replica, text } = parse(data);
          if (typeof text !== 'string') return;
          const ended = text.endsWith('\n') ? text : `${text}\n`;
          buffer.append(ended, typeof replica === 'string' ? shortReplica(replica) : '');
        },
      },
    );
  }, [buffer, org, app]);

  return { buffer, state };
}

const stateText: Record<StreamState, string> = {
  connecting: 'Connecting…',
  streaming: 'Streaming all replicas',
  reconnecting: 'Reconnecting…',
};

export function RuntimeLog({ app }: { app: string }) {
  const org = useOrg();
  const { buffer, state } = useRuntimeLog(org, app);

  const download = async () => {
    try {
      const response = await send(paths.runtimeLog(org, app, downloadTail));
      saveFile(await response.blob(), `${app}.log`);
    } catch (error) {
      toast.error('The log could not be downloaded', error instanceof Error ? error.message : undefined);
    }
  };

  return (
    <LogView
      label="Runtime log"
      buffer={buffer}
      status={stateText[state]}
      empty={state === 'streaming' ? 'Nothing was written yet. New lines appear here.' : 'Connecting…'}
      onDownload={download}
    />
  );
}

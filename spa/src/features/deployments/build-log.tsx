import { useLocation } from '@tanstack/react-router';
import { useEffect, useMemo, useState } from 'react';

import { paths } from '@/api/paths';
import { LogBuffer, type Line } from '@/components/log-view/log-buffer';
import { LogView } from '@/components/log-view/log-view';
import type { Deployment } from '@/api/types';
import { openStream } from '@/lib/event-stream';
import { formatBytes } from '@/lib/format';
import { copyLink } from '@/lib/copy-link';
import { saveFile } from '@/lib/save-file';
import { useOrg } from '@/lib/session';
import { toast } from '@/lib/toast';

import { fetchBuildLog } from './api';

type StreamState = 'connecting' | 'streaming' | 'reconnecting' | 'complete';

/** More than this is not loaded into the page; the download has it. */
const maxBytes = 16_000_000;

function parse(data: string): { offset?: number; text?: string } {
  try {
    const value: unknown = JSON.parse(data);
    return typeof value === 'object' && value !== null ? value : {};
  } catch {
    return {};
  }
}

/** Follows a build log into a buffer; a lost connection is resumed at the byte where it broke. */
export function useBuildLog(org: string, id: string, logBytes: number) {
  const buffer = useMemo(() => new LogBuffer(), []);
  const [state, setState] = useState<StreamState>('connecting');
  const [firstOffset] = useState(() => Math.max(0, logBytes - maxBytes));

  useEffect(() => {
    let next = firstOffset;
    buffer.reset();
    const close = openStream(
      { url: () => paths.buildLogStream(org, id, next), events: ['log', 'end'] },
      {
        onOpen: () => setState('streaming'),
        onLost: () => setState('reconnecting'),
        onEvent: (event, data, eventId) => {
          if (event === 'end') {
            setState('complete');
            close();
            return;
          }
          const { offset, text } = parse(data);
          if (typeof text !== 'string') return;
          const after = Number(eventId);
          const known = eventId !== '' && Number.isFinite(after);
          // A chunk that was already seen comes again when a resume races the server's flush.
          if (known && after <= next && typeof offset === 'number' && offset < next) return;
          buffer.append(text);
          next = known ? after : next + new TextEncoder().encode(text).length;
        },
      },
    );
    return close;
  }, [buffer, org, id, firstOffset]);

  return { buffer, state, firstOffset };
}

const stateText: Record<StreamState, string> = {
  connecting: 'Connecting…',
  streaming: 'Streaming',
  reconnecting: 'Reconnecting…',
  complete: 'Complete',
};

/** What the build says where a part begins: "==> Fetching", "STEP 2/5: COPY". What it says at the end of one does not. */
const isHeading = (text: string) => /^(?:==> (?!Fetched |Built |Pushed |Failed)|STEP \d+\/\d+: )/.test(text);
const lineHref = (line: Line) => `#L${line.number}`;

function pickLine(line: Line): void {
  window.history.replaceState(window.history.state, '', lineHref(line));
  void copyLink();
}

export function BuildLog({ deployment }: { deployment: Deployment }) {
  const org = useOrg();
  const [target] = useState(useLocation().hash.replace(/^L/, ''));
  const { buffer, state, firstOffset } = useBuildLog(org, deployment.id, deployment.log_bytes);

  const download = async () => {
    try {
      const log = await fetchBuildLog(org, deployment.id);
      saveFile(log, `${deployment.app_name}-${deployment.number}-build.log`);
    } catch (error) {
      toast.error('The log could not be downloaded', error instanceof Error ? error.message : undefined);
    }
  };

  const nothingBuilt = deployment.trigger === 'rollback' || deployment.trigger === 'restart';
  const empty =
    state === 'complete' || nothingBuilt
      ? nothingBuilt
        ? 'Nothing is built: the image of an earlier release is used.'
        : 'The build wrote nothing.'
      : 'Waiting for the first line…';

  return (
    <LogView
      title="Build log"
      label="Build log"
      buffer={buffer}
      empty={empty}
      status={firstOffset > 0 ? `${stateText[state]} · last ${formatBytes(maxBytes)}` : stateText[state]}
      onDownload={download}
      isHeading={isHeading}
      foldEarlier={deployment.state === 'failed' && deployment.failure?.step === 'build' && target === ''}
      lineHref={lineHref}
      onPickLine={pickLine}
      {...(target ? { isTarget: (line: Line) => String(line.number) === target } : {})}
    />
  );
}

/** The part of EventSource that reconnects by itself only while the server answers; this one always does. */
export interface StreamHandlers {
  /** `again` is true for every connection but the first. */
  onOpen?: (again: boolean) => void;
  onEvent: (event: string, data: string, id: string) => void;
  /** Called for each loss; the stream is being restored. */
  onLost?: () => void;
}

export interface StreamOptions {
  /** The address for each new connection, so that a resumed stream can begin where the last one ended. */
  url: () => string;
  events: readonly string[];
  /** Milliseconds before the n-th reconnect; replaced in tests. */
  delay?: (attempt: number) => number;
}

/** 0.5 s, 1 s, 2 s … 15 s, each shortened by up to a half at random, so that many tabs do not return at once. */
export function backoff(attempt: number): number {
  return Math.min(15_000, 500 * 2 ** Math.min(attempt, 5)) * (0.5 + Math.random() / 2);
}

/**
 * Opens a server-sent event stream and keeps it open until the returned function is called. Each reconnect is a new
 * EventSource: the browser's own gives up at the first answer that is not 200 (a restart behind a proxy, a 503).
 */
export function openStream(options: StreamOptions, handlers: StreamHandlers): () => void {
  const delay = options.delay ?? backoff;
  let source: EventSource | undefined;
  let timer: ReturnType<typeof setTimeout> | undefined;
  let attempt = 0;
  let opened = false;
  let closed = false;

  const connect = () => {
    timer = undefined;
    const current = new EventSource(options.url());
    source = current;
    current.onopen = () => {
      attempt = 0;
      handlers.onOpen?.(opened);
      opened = true;
    };
    current.onerror = () => {
      current.close();
      if (closed || source !== current || timer !== undefined) return;
      handlers.onLost?.();
      timer = setTimeout(connect, delay(attempt));
      attempt += 1;
    };
    for (const name of options.events) {
      current.addEventListener(name, (event) => {
        const message = event as MessageEvent<string>;
        if (!closed) handlers.onEvent(name, message.data, message.lastEventId);
      });
    }
  };

  const reconnectNow = () => {
    if (timer === undefined) return;
    clearTimeout(timer);
    attempt = 0;
    connect();
  };

  connect();
  window.addEventListener('online', reconnectNow);
  return () => {
    closed = true;
    clearTimeout(timer);
    window.removeEventListener('online', reconnectNow);
    source?.close();
  };
}

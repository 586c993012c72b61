/** An EventSource whose server is the test. */
export class FakeEventSource extends EventTarget {
  static all: FakeEventSource[] = [];

  /** The newest stream whose address contains `part`. */
  static to(part: string): FakeEventSource | undefined {
    return FakeEventSource.all.filter((each) => each.url.includes(part)).at(-1);
  }

  readonly url: string;
  closed = false;
  onopen: (() => void) | null = null;
  onerror: (() => void) | null = null;

  constructor(url: string) {
    super();
    this.url = url;
    FakeEventSource.all.push(this);
  }

  close(): void {
    this.closed = true;
  }

  send(event: string, data: unknown, lastEventId = ''): void {
    this.dispatchEvent(new MessageEvent(event, { data: JSON.stringify(data), lastEventId }));
  }
}

import { act, fireEvent, render, screen } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { describe, expect, it, vi } from 'vitest';

import { LogBuffer } from './log-buffer';
import { LogView } from './log-view';

const log = () => screen.getByRole('log', { name: 'Build log' });
const settle = () => act(() => new Promise((resolve) => setTimeout(resolve, 60)));

function layout(element: HTMLElement, scrollHeight: number): void {
  Object.defineProperty(element, 'scrollHeight', { configurable: true, value: scrollHeight });
  Object.defineProperty(element, 'clientHeight', { configurable: true, value: 400 });
}

function show(buffer = new LogBuffer()) {
  render(<LogView label="Build log" buffer={buffer} empty="Waiting" status="Streaming" />);
  return buffer;
}

describe('LogView', () => {
  it('shows new lines as inert text', async () => {
    const buffer = show();
    expect(log().textContent).toContain('Waiting');

    buffer.append('\u001b[32mSTEP 1\u001b[0m <script>alert(1)</script>\n');
    await settle();

    expect(log().textContent).toContain('STEP 1 <script>alert(1)</script>');
    expect(log().querySelector('script')).toBeNull();
    expect(screen.getByText('STEP 1').className).toBe('ansi-2');
  });

  it('draws a bounded number of lines, whatever the length of the log', async () => {
    const buffer = show();

    buffer.append('a line\n'.repeat(50_000));
    await settle();

    expect(log().querySelectorAll('*').length).toBeLessThan(1000);
  });

  it('stops following when somebody scrolls up, and goes on when asked', async () => {
    const buffer = show();
    buffer.append('first\n'.repeat(200));
    await settle();
    layout(log(), 4000);

    log().scrollTop = 100;
    fireEvent.scroll(log());
    buffer.append('more\nmore\n');
    await settle();

    expect(log().scrollTop).toBe(100);
    await userEvent.click(screen.getByRole('button', { name: '2 new lines · follow' }));
    expect(log().scrollTop).toBe(4000);
    expect(screen.queryByRole('button', { name: /follow/i })).toBeNull();
  });

  it('copies plain text', async () => {
    const user = userEvent.setup();
    const copied = vi.spyOn(navigator.clipboard, 'writeText').mockResolvedValue();
    const buffer = show();
    buffer.append('\u001b[1mone\u001b[0m\ntwo\n');
    await settle();

    await user.click(screen.getByRole('button', { name: 'Copy log' }));

    expect(copied).toHaveBeenCalledWith('one\ntwo');
  });

  it('finds text, counts it, and goes from match to match', async () => {
    const buffer = show();
    buffer.append('one\nERROR two\nthree\nan error\n');
    await settle();

    await userEvent.type(screen.getByRole('searchbox', { name: 'Search the log' }), 'error');
    expect(screen.getByText('2 of 2')).toBeTruthy();
    expect([...log().querySelectorAll('mark')].map((mark) => mark.textContent)).toEqual(['ERROR', 'error']);

    await userEvent.keyboard('{Enter}');
    expect(screen.getByText('1 of 2')).toBeTruthy();
    await userEvent.keyboard('{Shift>}{Enter}{/Shift}');
    expect(screen.getByText('2 of 2')).toBeTruthy();
    await userEvent.keyboard('{Escape}');
    expect(log().querySelector('mark')).toBeNull();
  });

  it('pauses and goes on by button and by key', async () => {
    const buffer = show();
    buffer.append('one\n');
    await settle();

    await userEvent.click(screen.getByRole('button', { name: 'Pause' }));
    buffer.append('two\n');
    await settle();
    expect(screen.getByRole('button', { name: '1 new line · follow' })).toBeTruthy();

    fireEvent.keyDown(log(), { key: 'f' });
    expect(screen.getByRole('button', { name: 'Pause' })).toBeTruthy();
  });

  it('folds parts, and unfolds the one in which something was found', async () => {
    const buffer = new LogBuffer();
    render(<LogView label="Build log" buffer={buffer} empty="" isHeading={(text) => text.startsWith('==> ')} />);
    buffer.append('==> Fetching\na needle\n==> Building\nb\n');
    await settle();

    await userEvent.click(screen.getByRole('button', { name: 'Fold ==> Fetching' }));
    expect(log().textContent).not.toContain('a needle');
    expect(log().textContent).toContain('1 line');
    await userEvent.type(screen.getByRole('searchbox'), 'needle');

    expect(log().textContent).toContain('a needle');
  });

  it('marks the line that the address names', async () => {
    const buffer = new LogBuffer();
    const lineHref = ({ number }: { number: number }) => `#L${number}`;
    render(<LogView label="Build log" buffer={buffer} empty="" lineHref={lineHref} isTarget={({ number }) => number === 2} />);

    buffer.append('one\ntwo\nthree\n');
    await settle();

    expect(log().querySelector('[data-line="2"]')?.className).toContain('bg-log-mark');
    expect(screen.getByRole('link', { name: 'Line 3' }).getAttribute('href')).toBe('#L3');
  });
});

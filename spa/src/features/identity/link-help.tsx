import { CopyButton } from '@/components/copy-button';

const commands: { command: string; where: string }[] = [
  { command: './dev status', where: 'from a clone of the repository' },
  { command: 'wh-control-plane setup-link', where: 'on a server with the package' },
];

/** How to get a new setup link; shown wherever there is no other way in. */
export function LinkHelp() {
  return (
    <div className="space-y-3">
      <p>On the machine that runs WiseHosting, print a new link and open it here:</p>
      <ul className="space-y-2">
        {commands.map(({ command, where }) => (
          <li key={command} className="rounded-lg border border-line bg-sunken px-3 py-2">
            <span className="flex items-center justify-between gap-2">
              <code className="min-w-0 font-mono text-[0.8125rem] break-words text-ink">{command}</code>
              <CopyButton text={command} what="command" />
            </span>
            <span className="text-xs">{where}</span>
          </li>
        ))}
      </ul>
      <p className="text-[0.8125rem]">A link works once, for 15 minutes.</p>
    </div>
  );
}

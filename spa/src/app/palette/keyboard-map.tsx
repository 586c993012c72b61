import { useState } from 'react';

import { Dialog } from '@/components/dialog';
import { CheckField } from '@/components/select-field';

import { modName, setSingleKeys, singleKeysOn } from './keys';
import { sections, type Shortcut } from './shortcuts';

function Keys({ keys }: Pick<Shortcut, 'keys'>) {
  return (
    <span className="flex shrink-0 gap-1">
      {keys.map((key) => (
        <kbd key={key} className="min-w-5 rounded-sm border border-line-strong bg-sunken px-1.5 text-center font-mono text-2xs leading-5">
          {key === 'Mod' ? modName() : key}
        </kbd>
      ))}
    </span>
  );
}

/** Which keys do what. */
export default function KeyboardMap({ onClose }: { onClose: () => void }) {
  const [single, setSingle] = useState(singleKeysOn);
  return (
    <Dialog open onClose={onClose} title="Keyboard" wide>
      <div className="grid gap-x-8 gap-y-5 sm:grid-cols-2">
        {sections.map(({ title, single: needsSingle, shortcuts }) => (
          <section key={title} aria-label={title} className={needsSingle && !single ? 'opacity-50' : undefined}>
            <h3 className="mb-1 text-xs font-medium text-muted">{title}</h3>
            <dl className="divide-y divide-line">
              {shortcuts.map(({ keys, does }) => (
                <div key={does} className="flex items-center justify-between gap-4 py-1.5">
                  <dt>{does}</dt>
                  <dd>
                    <Keys keys={keys} />
                  </dd>
                </div>
              ))}
            </dl>
          </section>
        ))}
      </div>
      <CheckField
        className="mt-5 border-t border-line pt-4"
        label="Keys without ⌘ or Ctrl do something"
        hint="Switch off if speech input or another program presses keys."
        checked={single}
        onChange={(event) => {
          setSingle(event.target.checked);
          setSingleKeys(event.target.checked);
        }}
      />
    </Dialog>
  );
}

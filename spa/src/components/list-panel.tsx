import type { UseQueryResult } from '@tanstack/react-query';
import { Plus } from 'lucide-react';
import { useState, type ReactNode } from 'react';

import { Button } from './button';
import { Dialog } from './dialog';
import { Loaded } from './loaded';
import { Panel } from './panel';

interface ListPanelProps<T> {
  title: string;
  query: UseQueryResult<T[]>;
  /** What loads, where the title does not say it. */
  what?: string;
  empty: ReactNode;
  /** One item: a `li`, with its key. */
  children: (item: T) => ReactNode;
  /** The button above the list, and the dialog that it opens. */
  add: { action: string; title: string; form: (close: () => void) => ReactNode };
}

/** Few things of one kind, and a dialog that makes one more. */
export function ListPanel<T>({ title, query, what = title, empty, children, add }: ListPanelProps<T>) {
  const [adding, setAdding] = useState(false);
  const close = () => setAdding(false);
  return (
    <Panel
      title={title}
      aside={
        <Button size="sm" onClick={() => setAdding(true)}>
          <Plus aria-hidden className="size-3.5" />
          {add.action}
        </Button>
      }
    >
      <Loaded query={query} what={what} empty={empty}>
        {(items) => (
          <ul aria-label={title} className="divide-y divide-line">
            {items.map(children)}
          </ul>
        )}
      </Loaded>
      <Dialog open={adding} onClose={close} title={add.title}>
        {add.form(close)}
      </Dialog>
    </Panel>
  );
}

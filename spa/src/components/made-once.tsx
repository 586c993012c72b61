import type { ReactNode } from 'react';

import { Button } from './button';
import { ShownOnce } from './shown-once';

interface MadeOnceProps {
  /** What it is good for, and that it is not shown again. */
  text: ReactNode;
  /** By their labels. */
  values: Record<string, string>;
  children?: ReactNode;
  /** The words that let go of it. */
  done?: string;
  onClose: () => void;
}

/** The end of a dialog that made a secret: it is shown now and never again. */
export function MadeOnce({ text, values, children, done = 'I have kept it', onClose }: MadeOnceProps) {
  return (
    <div className="space-y-4">
      <p className="text-muted">{text}</p>
      {Object.entries(values).map(([label, value]) => (
        <ShownOnce key={label} label={label} value={value} />
      ))}
      {children}
      <div className="flex justify-end">
        <Button look="primary" onClick={onClose}>
          {done}
        </Button>
      </div>
    </div>
  );
}

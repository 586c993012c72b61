import { Link } from '@tanstack/react-router';
import { MapPinOff } from 'lucide-react';

import { buttonClass } from '@/components/button';
import { Notice } from '@/components/states';
import { useTitle } from '@/lib/use-title';

export function NotFound() {
  useTitle('Not found');
  return (
    <Notice
      level={1}
      icon={MapPinOff}
      title="There is no such page"
      actions={
        <Link to="/" className={buttonClass()}>
          Go to the overview
        </Link>
      }
    >
      <p>The address may be old or mistyped. With ⌘K or Ctrl K you find everything that there is.</p>
    </Notice>
  );
}

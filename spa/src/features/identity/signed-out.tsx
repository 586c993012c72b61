import { useTitle } from '@/lib/use-title';

import { CardPage } from './card-page';
import { LinkHelp } from './link-help';

export function SignedOut() {
  useTitle('Signed out');

  return (
    <CardPage title="You are signed out">
      <p>The way in is a setup link, which only the operator of this installation can print.</p>
      <LinkHelp />
    </CardPage>
  );
}

import { useQuery } from '@tanstack/react-query';

import { paths } from '@/api/paths';
import { signInQuery } from '@/api/queries';
import { buttonClass } from '@/components/button';
import { CardPage } from '@/components/card-page';
import { holdBack } from '@/components/hold-back';
import { InlineError, Skeleton } from '@/components/states';
import { providerName } from '@/lib/provider';
import { useTitle } from '@/lib/use-title';

import { LinkHelp } from './link-help';

function WithoutProvider() {
  return (
    <>
      <p>No sign-in provider is connected. The way in is a setup link, which only the operator of this installation can print.</p>
      <LinkHelp />
    </>
  );
}

/** For somebody without a session: the provider's button, or how to get a setup link. `returnTo` is a path of the dashboard. */
export function SignInPage({ returnTo }: { returnTo: string }) {
  const query = useQuery(signInQuery());
  useTitle('Sign in');
  const ready = query.data?.ready === true;

  return (
    <CardPage title={ready ? 'Sign in' : 'You are signed out'}>
      {query.isPending && (
        <div role="status" ref={holdBack} aria-label="Loading how to sign in">
          <Skeleton className="h-9 w-full" />
        </div>
      )}
      {ready && (
        <>
          <a href={paths.signInStart(returnTo)} className={`${buttonClass('primary')} w-full`}>
            Sign in with {providerName(query.data)}
          </a>
          <details className="text-[0.8125rem]">
            <summary>The provider does not work?</summary>
            <div className="mt-3">
              <LinkHelp />
            </div>
          </details>
        </>
      )}
      {query.isError && <InlineError error={query.error} />}
      {!query.isPending && !ready && <WithoutProvider />}
    </CardPage>
  );
}

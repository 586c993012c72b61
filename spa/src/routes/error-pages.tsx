import { Link } from '@tanstack/react-router';
import { CloudOff, RefreshCw, RotateCw, TriangleAlert } from 'lucide-react';
import { useEffect } from 'react';

import { ApiError } from '@/api/client';
import { Button, buttonClass } from '@/components/button';
import { CopyButton } from '@/components/copy-button';
import { ErrorNotice, Notice } from '@/components/states';
import { useTitle } from '@/lib/use-title';

/** A part of the dashboard could not be fetched: it was replaced by a newer one, or the connection broke. */
const isMissingPart = (error: unknown) =>
  error instanceof Error && /dynamically imported module|module script failed|Failed to fetch/i.test(error.message);

const againAfterMs = 5_000;

/** Nothing answers: tries again by itself, and at once when the browser says that it is back. */
export function Offline({ onRetry }: { onRetry: () => void }) {
  useTitle('No connection');
  useEffect(() => {
    const timer = setInterval(onRetry, againAfterMs);
    window.addEventListener('online', onRetry);
    return () => {
      clearInterval(timer);
      window.removeEventListener('online', onRetry);
    };
  }, [onRetry]);
  const own = !navigator.onLine;
  return (
    <Notice
      level={1}
      role="alert"
      icon={CloudOff}
      title={own ? 'You are offline' : 'The control plane does not answer'}
      actions={
        <Button onClick={onRetry}>
          <RotateCw aria-hidden className="size-4" />
          Try again
        </Button>
      }
    >
      <p>{own ? 'This browser has no network.' : 'It may be restarting. Apps keep running and serving without it.'}</p>
      <p>This page comes back by itself as soon as there is an answer.</p>
    </Notice>
  );
}

/** A page that failed: what it was, and the ways on. */
export function PageFailed({ error, reset }: { error: unknown; reset: () => void }) {
  if (isMissingPart(error)) {
    return (
      <Notice
        level={1}
        role="alert"
        icon={RefreshCw}
        title="This page could not be loaded"
        actions={
          <Button look="primary" onClick={() => window.location.reload()}>
            Reload
          </Button>
        }
      >
        <p>The dashboard was updated meanwhile, or the connection broke. Nothing that was saved is lost.</p>
      </Notice>
    );
  }
  if (error instanceof ApiError) return <ErrorNotice level={1} error={error} onRetry={reset} />;
  const details = error instanceof Error ? `${error.name}: ${error.message}\n${error.stack ?? ''}` : String(error);
  return (
    <Notice
      level={1}
      role="alert"
      icon={TriangleAlert}
      title="This page failed"
      actions={
        <>
          <Button look="primary" onClick={reset}>
            Try again
          </Button>
          <Link to="/" className={buttonClass()}>
            Go to the overview
          </Link>
          <CopyButton labelled text={details} what="details" />
        </>
      }
    >
      <p>{error instanceof Error ? error.message : 'Unknown error.'}</p>
      <p>That is a mistake of the dashboard. Apps and deployments are not concerned; the CLI does all the same things.</p>
    </Notice>
  );
}

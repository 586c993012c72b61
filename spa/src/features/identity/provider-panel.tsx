import { queryOptions, useQuery } from '@tanstack/react-query';
import { useState } from 'react';

import { ApiError, request } from '@/api/client';
import { paths } from '@/api/paths';
import { keys } from '@/api/queries';
import { ActionError } from '@/components/action-error';
import { Button } from '@/components/button';
import { CopyButton } from '@/components/copy-button';
import { Field } from '@/components/field';
import { Form } from '@/components/form';
import { Loaded } from '@/components/loaded';
import { Panel } from '@/components/panel';
import { TextArea } from '@/components/text-area';
import { toast } from '@/lib/toast';
import { useAction } from '@/lib/use-action';

export interface ProviderSettings {
  issuer: string;
  /** Empty before a provider is connected. */
  client_id: string;
  allowed_domains: string[];
  allowed_emails: string[];
  /** Set in the server's configuration file: not changed here. */
  from_configuration: boolean;
  redirect_uri: string;
}

interface ProviderWish {
  issuer: string;
  client_id: string;
  client_secret?: string;
  allowed_domains: string[];
  allowed_emails: string[];
}

const providerQuery = () =>
  queryOptions({
    queryKey: keys.providerSettings,
    queryFn: ({ signal }) => request<ProviderSettings>(paths.providerSettings, { signal }),
  });

const words = (text: string) => text.split(/[\s,]+/).filter(Boolean);

function ProviderForm({ settings }: { settings: ProviderSettings }) {
  const [issuer, setIssuer] = useState(settings.issuer);
  const [clientId, setClientId] = useState(settings.client_id);
  const [secret, setSecret] = useState('');
  const [domains, setDomains] = useState(settings.allowed_domains.join('\n'));
  const [emails, setEmails] = useState(settings.allowed_emails.join('\n'));
  const save = useAction({
    run: (body: ProviderWish, idempotencyKey) =>
      request<ProviderSettings>(paths.providerSettings, { method: 'PUT', body, idempotencyKey }),
    invalidates: () => [keys.providerSettings, keys.signIn],
    onDone: () => {
      setSecret('');
      toast.done('The sign-in provider is connected', 'Connect your own account in your account’s profile next.');
    },
  });
  const submit = () =>
    save.mutate({
      issuer: issuer.trim(),
      client_id: clientId.trim(),
      ...(secret ? { client_secret: secret } : {}),
      allowed_domains: words(domains),
      allowed_emails: words(emails),
    });
  const fieldError = (pointer: string) =>
    save.error instanceof ApiError ? save.error.fields.find((each) => each.pointer === pointer)?.message : undefined;
  return (
    <Form className="space-y-4 p-4" onSubmit={submit}>
      <p className="text-muted">
        Make an OAuth client of the kind “web application” at the provider (for Google: console.cloud.google.com, APIs and
        services, Credentials), with this redirect address:
      </p>
      <div className="flex items-center justify-between gap-2 rounded-lg border border-line bg-sunken px-3 py-2">
        <code className="min-w-0 font-mono text-xs break-all">{settings.redirect_uri}</code>
        <CopyButton text={settings.redirect_uri} what="redirect address" />
      </div>
      <fieldset disabled={settings.from_configuration} className="space-y-4">
        <legend className="sr-only">Provider</legend>
        <Field label="Issuer" type="url" hint="Google’s, or that of any OpenID provider." mono value={issuer} error={fieldError('/issuer')} onChange={(event) => setIssuer(event.target.value)} />
        <Field label="Client id" mono value={clientId} error={fieldError('/client_id')} onChange={(event) => setClientId(event.target.value)} />
        <Field
          label="Client secret"
          type="password"
          autoComplete="new-password"
          hint={settings.client_id ? 'Not shown again. Empty: stays as it is.' : 'Sealed when it is saved, and not shown again.'}
          value={secret}
          error={fieldError('/client_secret')}
          onChange={(event) => setSecret(event.target.value)}
        />
        <TextArea label="Allowed domains" hint="One a line. Both lists empty: everybody with an account at the provider." rows={2} value={domains} error={fieldError('/allowed_domains')} onChange={(event) => setDomains(event.target.value)} />
        <TextArea label="Allowed e-mail addresses" rows={2} value={emails} error={fieldError('/allowed_emails')} onChange={(event) => setEmails(event.target.value)} />
      </fieldset>
      <ActionError error={save.error} onProved={submit} />
      {settings.from_configuration ? (
        <p className="text-muted">This stands in the server’s configuration and is changed there.</p>
      ) : (
        <Button type="submit" look="primary" busy={save.isPending} disabled={!issuer.trim() || !clientId.trim()}>
          {settings.client_id ? 'Save' : 'Connect'}
        </Button>
      )}
    </Form>
  );
}

/** Which provider people sign in with. For whoever runs the installation. */
export function ProviderPanel() {
  const query = useQuery(providerQuery());
  return (
    <Panel title="Sign-in provider" doc="sign-in">
      <Loaded query={query} what="the sign-in provider">
        {(settings) => <ProviderForm key={`${settings.issuer} ${settings.client_id}`} settings={settings} />}
      </Loaded>
    </Panel>
  );
}

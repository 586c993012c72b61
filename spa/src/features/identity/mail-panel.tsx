import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';

import { request, send } from '@/api/client';
import type { Body } from '@/api/generated';
import { paths } from '@/api/paths';
import { keys, mailSettingsQuery, type MailSettings } from '@/api/queries';
import { ActionError } from '@/components/action-error';
import { Button } from '@/components/button';
import { Field } from '@/components/field';
import { Form } from '@/components/form';
import { Loaded } from '@/components/loaded';
import { Panel } from '@/components/panel';
import { mistakeIn } from '@/lib/mistake';
import { toast } from '@/lib/toast';
import { useAction } from '@/lib/use-action';

function MailForm({ settings }: { settings: MailSettings }) {
  const [wish, setWish] = useState({ url: settings.url, username: settings.username, password: '', sender: settings.sender });
  const save = useAction({
    run: (body: Body<'put_settings_mail'>, idempotencyKey) => request<MailSettings>(paths.mailSettings, { method: 'PUT', body, idempotencyKey }),
    invalidates: () => [keys.mailSettings],
    onDone: () => toast.done('The mail server is set'),
  });
  const off = useAction({
    run: (_: null, idempotencyKey) => send(paths.mailSettings, { method: 'DELETE', idempotencyKey }),
    invalidates: () => [keys.mailSettings],
    onDone: () => toast.done('No mail is sent any more'),
  });
  const submit = () => {
    const { password, ...rest } = wish;
    save.mutate({ ...rest, ...(password ? { password } : {}) });
  };
  const field = (name: keyof typeof wish) => ({
    value: wish[name],
    error: mistakeIn(save.error, `/${name}`),
    onChange: (event: { target: { value: string } }) => setWish({ ...wish, [name]: event.target.value }),
  });
  return (
    <Form className="space-y-4 p-4" onSubmit={submit}>
      <Field label="Server" mono placeholder="smtps://mail.example.com" hint="smtps:// is TLS, smtp:// STARTTLS, smtp+plain:// in the clear." {...field('url')} />
      <Field label="User" {...field('username')} />
      <Field label="Password" type="password" autoComplete="new-password" hint={settings.has_password ? 'Empty: stays as it is.' : undefined} {...field('password')} />
      <Field label="Sender" type="email" placeholder="wisehosting@example.com" {...field('sender')} />
      <ActionError error={save.error} onProved={submit} />
      <ActionError error={off.error} onProved={() => off.mutate(null)} />
      <div className="flex flex-wrap gap-2">
        <Button type="submit" look="primary" busy={save.isPending} disabled={!wish.url.trim() || !wish.sender.trim()}>
          Save
        </Button>
        {settings.set_up && (
          <Button busy={off.isPending} onClick={() => off.mutate(null)}>
            Send no mail
          </Button>
        )}
      </div>
    </Form>
  );
}

function TryForm() {
  const [recipient, setRecipient] = useState('');
  const attempt = useAction({
    run: (body: { recipient: string }, idempotencyKey) => send(paths.mailTest, { method: 'POST', body, idempotencyKey }),
    onDone: () => toast.done('The mail was sent'),
  });
  const submit = () => {
    if (recipient.trim()) attempt.mutate({ recipient: recipient.trim() });
  };
  return (
    <Form className="space-y-3 border-t border-line p-4" onSubmit={submit}>
      <Field label="Send a mail to try it out" type="email" placeholder="you@example.com" value={recipient} onChange={(event) => setRecipient(event.target.value)} />
      <ActionError error={attempt.error} onProved={submit} />
      <Button type="submit" busy={attempt.isPending} disabled={!recipient.trim()}>
        Send
      </Button>
    </Form>
  );
}

/** The mail server of invitations and of notices about new devices. For whoever runs the installation. */
export function MailPanel() {
  const query = useQuery(mailSettingsQuery());
  return (
    <Panel title="Mail server" doc="mail">
      <Loaded query={query} what="the mail server">
        {(settings) => (
          <>
            <MailForm key={`${settings.url} ${settings.username} ${settings.sender}`} settings={settings} />
            {settings.set_up && <TryForm />}
          </>
        )}
      </Loaded>
    </Panel>
  );
}

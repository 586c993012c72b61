import { useQuery } from '@tanstack/react-query';
import { useId, useState } from 'react';

import { meQuery, signInQuery } from '@/api/queries';
import type { Me } from '@/api/types';
import { ActionError } from '@/components/action-error';
import { Button } from '@/components/button';
import { ConfirmDialog } from '@/components/confirm-dialog';
import { Field } from '@/components/field';
import { Form } from '@/components/form';
import { Loaded } from '@/components/loaded';
import { Fact, Facts, Panel } from '@/components/panel';
import { InlineError } from '@/components/states';
import { TimeAgo } from '@/components/time-ago';
import { mistakeIn } from '@/lib/mistake';
import { hostOf, leaveFor, providerName } from '@/lib/provider';
import { useTheme, type Theme } from '@/lib/theme';
import { toast } from '@/lib/toast';

import { identitiesQuery, useRename, useStartLink, useUnlink, type Identity } from './account-api';
import { useThemeChoice } from './theme-choice';

function NameForm({ name }: { name: string }) {
  const [typed, setTyped] = useState(name);
  const rename = useRename(() => toast.done('Your name is changed'));
  const mistake = mistakeIn(rename.error);
  const changed = typed.trim() !== '' && typed.trim() !== name;
  return (
    <Form
      className="space-y-3 p-4"
      onSubmit={() => {
        if (changed) rename.mutate({ name: typed.trim() });
      }}
    >
      <Field
        label="Name"
        hint="Other members and the audit log show it."
        autoComplete="name"
        maxLength={100}
        value={typed}
        error={mistake}
        onChange={(event) => setTyped(event.target.value)}
      />
      {rename.isError && !mistake && <InlineError error={rename.error} />}
      <Button type="submit" busy={rename.isPending} disabled={!changed}>
        Save name
      </Button>
    </Form>
  );
}

export function ProfilePanel() {
  const query = useQuery(meQuery());
  return (
    <Panel title="Profile">
      <Loaded query={query} what="profile">
        {({ person }: Me) =>
          person && (
            <>
              <NameForm key={person.name} name={person.name} />
              <div className="border-t border-line">
                <Facts>
                  <Fact term="E-mail">{person.email ?? 'None; a sign-in provider tells it'}</Fact>
                  <Fact term="Id">
                    <code className="font-mono text-xs break-all">{person.id}</code>
                  </Fact>
                  {person.is_operator && <Fact term="Operator">You run this installation.</Fact>}
                </Facts>
              </div>
            </>
          )
        }
      </Loaded>
    </Panel>
  );
}

const themes: { value: Theme; label: string }[] = [
  { value: 'system', label: 'As the system' },
  { value: 'light', label: 'Light' },
  { value: 'dark', label: 'Dark' },
];

export function ThemePanel() {
  const theme = useTheme();
  const choose = useThemeChoice();
  const name = useId();
  return (
    <Panel title="Theme">
      <fieldset className="flex flex-wrap gap-x-6 gap-y-2 p-4">
        <legend className="sr-only">Theme</legend>
        {themes.map(({ value, label }) => (
          <label key={value} className="flex items-center gap-2">
            <input
              type="radio"
              name={name}
              value={value}
              checked={theme === value}
              onChange={() => void choose(value)}
              className="accent-(--accent)"
            />
            {label}
          </label>
        ))}
        <p className="basis-full text-xs text-muted">Goes with you: each browser in which you sign in follows it.</p>
      </fieldset>
    </Panel>
  );
}

/** Accounts at the provider that sign this person in. */
export function IdentitiesPanel() {
  const signIn = useQuery(signInQuery());
  const ready = signIn.data?.ready === true;
  const query = useQuery({ ...identitiesQuery(), enabled: ready });
  const [asking, setAsking] = useState<Identity | null>(null);
  const close = () => setAsking(null);
  const link = useStartLink(leaveFor);
  const unlink = useUnlink(() => {
    close();
    toast.done('That account signs you in no more', 'Your other sessions have ended.');
  });
  if (!ready) return null;
  const startLink = () => link.mutate(null);
  return (
    <Panel
      title="Sign-in accounts"
      aside={
        <Button size="sm" busy={link.isPending} onClick={startLink}>
          Connect {providerName(signIn.data)}
        </Button>
      }
    >
      <ActionError error={link.error} onProved={startLink} className="m-4" />
      <Loaded query={query} what="sign-in accounts" empty={`None yet. Connect one, and you can sign in without a setup link.`}>
        {(items) => (
          <ul aria-label="Sign-in accounts" className="divide-y divide-line">
            {items.map((each) => (
              <li key={`${each.issuer} ${each.subject}`} className="flex items-center gap-3 px-4 py-2.5">
                <div className="min-w-0 flex-1">
                  <p className="font-medium break-all">{each.email || each.subject}</p>
                  <p className="text-[0.8125rem] text-muted">
                    {hostOf(each.issuer)} · last sign-in <TimeAgo at={each.last_sign_in_at} />
                  </p>
                </div>
                <Button
                  size="sm"
                  onClick={() => {
                    unlink.reset();
                    setAsking(each);
                  }}
                  aria-label={`Disconnect ${each.email || each.subject}`}
                >
                  Disconnect
                </Button>
              </li>
            ))}
          </ul>
        )}
      </Loaded>
      <ConfirmDialog
        open={asking !== null}
        onClose={close}
        title="Disconnect this account?"
        action="Disconnect"
        busy={unlink.isPending}
        error={unlink.error}
        onConfirm={() => asking && unlink.mutate({ issuer: asking.issuer, subject: asking.subject })}
      >
        <p>{asking?.email || asking?.subject} signs you in no more, and your other sessions end.</p>
      </ConfirmDialog>
    </Panel>
  );
}

import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';

import { keys } from '@/api/queries';
import { ActionError } from '@/components/action-error';
import { Button } from '@/components/button';
import { CopyButton } from '@/components/copy-button';
import { Dialog } from '@/components/dialog';
import { Field } from '@/components/field';
import { Form } from '@/components/form';
import { Loaded } from '@/components/loaded';
import { Panel } from '@/components/panel';
import { ShownOnce } from '@/components/shown-once';
import { formatUtc, plural } from '@/lib/format';
import { saveFile } from '@/lib/save-file';
import { toast } from '@/lib/toast';

import {
  totpQuery,
  useConfirmTotp,
  useDisableTotp,
  useEnrol,
  useNewRecoveryCodes,
  type Enrolment,
  type Totp,
} from './account-api';

function RecoveryCodes({ codes, onClose }: { codes: string[]; onClose: () => void }) {
  const text = codes.join('\n');
  return (
    <div className="space-y-4">
      <p className="text-muted">
        Each of these signs you in once when your authenticator is lost. Keep them where the authenticator is not; they are
        not shown again.
      </p>
      <ul aria-label="Recovery codes" className="grid grid-cols-2 gap-x-4 gap-y-1 rounded-lg border border-line bg-sunken p-3">
        {codes.map((code) => (
          <li key={code} className="font-mono text-[0.8125rem]">
            {code}
          </li>
        ))}
      </ul>
      <div className="flex flex-wrap items-center justify-end gap-2">
        <CopyButton text={text} what="recovery codes" labelled />
        <Button size="sm" onClick={() => saveFile(new Blob([`${text}\n`], { type: 'text/plain' }), 'wisehosting-recovery-codes.txt')}>
          Save as a file
        </Button>
        <Button look="primary" onClick={onClose}>
          I have kept them
        </Button>
      </div>
    </div>
  );
}

/** The picture to scan. As an image of data: nothing in it can run, and the policy allows it. */
function QrCode({ svg }: { svg: string }) {
  return (
    <img
      src={`data:image/svg+xml,${encodeURIComponent(svg)}`}
      alt="QR code of the key, for an authenticator app"
      width={208}
      height={208}
      className="mx-auto rounded-lg border border-line bg-white"
    />
  );
}

function Confirm({ enrolment, onCodes }: { enrolment: Enrolment; onCodes: (codes: string[]) => void }) {
  const [code, setCode] = useState('');
  const confirm = useConfirmTotp();
  const submit = () => {
    if (code.trim()) confirm.mutate(code.trim(), { onSuccess: ({ recovery_codes }) => onCodes(recovery_codes) });
  };
  return (
    <Form onSubmit={submit}>
      <p className="text-muted">Scan this with an authenticator app, or type the key into it. Then type the six digits that it shows.</p>
      <QrCode svg={enrolment.qr_svg} />
      <ShownOnce label="Key" value={enrolment.secret} />
      <Field label="Code" autoComplete="one-time-code" inputMode="numeric" mono value={code} onChange={(event) => setCode(event.target.value)} />
      <ActionError error={confirm.error} onProved={submit} />
      <p className="text-[0.8125rem] text-muted">All your other sessions end.</p>
      <div className="flex justify-end">
        <Button type="submit" look="primary" busy={confirm.isPending} disabled={!code.trim()}>
          Turn on
        </Button>
      </div>
    </Form>
  );
}

function EnrolForm({ onClose }: { onClose: () => void }) {
  const enrol = useEnrol();
  const [codes, setCodes] = useState<string[]>();
  const begin = () => enrol.mutate(null);

  if (codes) return <RecoveryCodes codes={codes} onClose={onClose} />;
  if (enrol.data) return <Confirm enrolment={enrol.data} onCodes={setCodes} />;
  return (
    <div className="space-y-4">
      <p className="text-muted">
        With an authenticator, each sign-in needs a code of an app on your phone beside the provider. You need such an app.
      </p>
      <ActionError error={enrol.error} onProved={begin} />
      <div className="flex justify-end">
        <Button look="primary" busy={enrol.isPending} onClick={begin}>
          Show the key
        </Button>
      </div>
    </div>
  );
}

function CodeForm({ words, busy, error, onCode }: {
  words: { text: string; action: string };
  busy: boolean;
  error: unknown;
  onCode: (code: string) => void;
}) {
  const [code, setCode] = useState('');
  const submit = () => {
    if (code.trim()) onCode(code.trim());
  };
  return (
    <Form onSubmit={submit}>
      <p className="text-muted">{words.text}</p>
      <Field
        label="Code"
        hint="Of your authenticator, or a recovery code."
        autoComplete="one-time-code"
        mono
        value={code}
        onChange={(event) => setCode(event.target.value)}
      />
      <ActionError error={error} onProved={submit} />
      <div className="flex justify-end">
        <Button type="submit" look="primary" busy={busy} disabled={!code.trim()}>
          {words.action}
        </Button>
      </div>
    </Form>
  );
}

function DisableForm({ onClose }: { onClose: () => void }) {
  const disable = useDisableTotp(() => {
    onClose();
    toast.done('Your authenticator is off', 'Your other sessions have ended.');
  });
  return (
    <CodeForm
      words={{
        text: 'From then on the provider alone signs you in. All your other sessions end. Organizations that require a second factor refuse you.',
        action: 'Turn off',
      }}
      busy={disable.isPending}
      error={disable.error}
      onCode={(code) => disable.mutate(code)}
    />
  );
}

function NewCodesForm({ onClose }: { onClose: () => void }) {
  const renew = useNewRecoveryCodes();
  if (renew.data) return <RecoveryCodes codes={renew.data.recovery_codes} onClose={onClose} />;
  return (
    <CodeForm
      words={{ text: 'You get ten new recovery codes; those you have are void then.', action: 'Make new codes' }}
      busy={renew.isPending}
      error={renew.error}
      onCode={(code) => renew.mutate(code)}
    />
  );
}

type Asking = 'enrol' | 'disable' | 'codes' | null;

const titles = { enrol: 'Turn on an authenticator', disable: 'Turn off the authenticator?', codes: 'New recovery codes' };

function State({ totp, onAsk }: { totp: Totp; onAsk: (asking: Asking) => void }) {
  if (!totp.on) {
    return (
      <div className="flex flex-wrap items-center justify-between gap-3 p-4">
        <p className="text-muted">Off. Somebody with your account at the provider is you.</p>
        <Button onClick={() => onAsk('enrol')}>Turn on…</Button>
      </div>
    );
  }
  return (
    <div className="space-y-3 p-4">
      <p>
        <span className="font-medium text-ok">On</span>
        {totp.since && <span className="text-muted"> since {formatUtc(totp.since)}</span>}
        <span className={totp.recovery_codes_left < 3 ? 'text-warn' : 'text-muted'}>
          {' · '}
          {plural(totp.recovery_codes_left, 'recovery code')} left
        </span>
      </p>
      <div className="flex flex-wrap gap-2">
        <Button onClick={() => onAsk('codes')}>New recovery codes…</Button>
        <Button onClick={() => onAsk('disable')}>Turn off…</Button>
      </div>
    </div>
  );
}

/** The second factor of the signed-in person. */
export function TotpPanel() {
  const query = useQuery(totpQuery());
  const queryClient = useQueryClient();
  const [asking, setAsking] = useState<Asking>(null);
  const close = () => {
    setAsking(null);
    // Not earlier: the dialog that shows the recovery codes stands until it is closed.
    void queryClient.invalidateQueries({ queryKey: keys.totp });
  };
  return (
    <Panel title="Authenticator">
      <Loaded query={query} what="authenticator">
        {(totp) => <State totp={totp} onAsk={setAsking} />}
      </Loaded>
      <Dialog open={asking !== null} onClose={close} title={asking ? titles[asking] : ''}>
        {asking === 'enrol' && <EnrolForm onClose={close} />}
        {asking === 'disable' && <DisableForm onClose={close} />}
        {asking === 'codes' && <NewCodesForm onClose={close} />}
      </Dialog>
    </Panel>
  );
}

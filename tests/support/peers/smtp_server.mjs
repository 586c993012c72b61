// A real SMTP server (the npm package smtp-server) for tests. Usage: node smtp_server.mjs [--user NAME --password WORD]
// [--refuse ADDRESS] [--later ADDRESS] [--tls]. Prints `listening PORT`, then one JSON line a mail: {from, to, text}.
// --refuse answers 550 to that recipient, --later 450; --tls speaks TLS from the start, with a certificate of nobody's.
import { parseArgs } from 'node:util';
import { SMTPServer } from 'smtp-server';

const { values } = parseArgs({
  options: {
    user: { type: 'string' },
    password: { type: 'string' },
    refuse: { type: 'string' },
    later: { type: 'string' },
    tls: { type: 'boolean', default: false },
    starttls: { type: 'boolean', default: false },
  },
});

const refusal = (code, text) => Object.assign(new Error(text), { responseCode: code });

const server = new SMTPServer({
  secure: values.tls,
  disabledCommands: values.starttls || values.tls ? [] : ['STARTTLS'],
  authOptional: values.user === undefined,
  allowInsecureAuth: true,
  disableReverseLookup: true,
  onAuth(auth, _session, done) {
    const right = auth.username === values.user && auth.password === values.password;
    return right ? done(null, { user: auth.username }) : done(new Error('wrong user or password'));
  },
  onRcptTo(address, _session, done) {
    if (address.address === values.refuse) return done(refusal(550, 'no such mailbox'));
    if (address.address === values.later) return done(refusal(450, 'come back later'));
    return done();
  },
  onData(stream, session, done) {
    let text = '';
    stream.on('data', (piece) => (text += piece));
    stream.on('end', () => {
      const to = session.envelope.rcptTo.map((recipient) => recipient.address);
      process.stdout.write(`${JSON.stringify({ from: session.envelope.mailFrom.address, to, text })}\n`);
      done();
    });
  },
});
server.on('error', () => {});
server.listen(0, '127.0.0.1', () => process.stdout.write(`listening ${server.server.address().port}\n`));

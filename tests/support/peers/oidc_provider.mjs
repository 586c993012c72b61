// A certified OpenID provider (the npm package oidc-provider) for tests: signs in without asking whoever the request
// names as login_hint, else a form asks which account it is. Accounts are named <sub> and described by --accounts JSON:
// {"ann": {"email": "ann@example.com", "email_verified": true, "name": "Ann"}}.
// Usage: node oidc_provider.mjs --redirect URI [--port N] [--accounts JSON] [--key NAME]. Prints `listening URL`.
// PUT /test/account with the name as body: the next sign-ins are that account's, without a form.
// GET /test/keys says how often its keys were asked for; with --key it has one of its own, of that name.
import { generateKeyPairSync } from 'node:crypto';
import http from 'node:http';
import { parseArgs } from 'node:util';
import Provider from 'oidc-provider';

const { values } = parseArgs({
  options: {
    port: { type: 'string', default: '0' },
    redirect: { type: 'string', multiple: true, default: [] },
    accounts: { type: 'string', default: '{}' },
    client: { type: 'string', default: 'wisehosting' },
    secret: { type: 'string', default: 'a-client-secret' },
    key: { type: 'string', default: '' },
  },
});
const accounts = JSON.parse(values.accounts);
let chosen = '';
let keysAsked = 0;
const ownKeys = (kid) => {
  const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  return { jwks: { keys: [{ ...privateKey.export({ format: 'jwk' }), kid, alg: 'RS256', use: 'sig' }] } };
};

const readBody = async (request) => {
  let body = '';
  for await (const piece of request) body += piece;
  return body;
};

const server = http.createServer();
server.listen(Number(values.port), '127.0.0.1', () => {
  const issuer = `http://127.0.0.1:${server.address().port}`;
  const provider = new Provider(issuer, {
    clients: [
      {
        client_id: values.client,
        client_secret: values.secret,
        redirect_uris: values.redirect,
        grant_types: ['authorization_code'],
        response_types: ['code'],
      },
    ],
    ...(values.key ? ownKeys(values.key) : {}),
    pkce: { required: () => true },
    claims: { openid: ['sub'], email: ['email', 'email_verified', 'hd'], profile: ['name'] },
    conformIdTokenClaims: false,
    features: { devInteractions: { enabled: false } },
    cookies: { keys: ['only for tests'] },
    interactions: { url: (_context, interaction) => `/interaction/${interaction.uid}` },
    findAccount: (_context, id) => ({ accountId: id, claims: () => ({ sub: id, ...accounts[id] }) }),
    // Whoever signed in has agreed.
    loadExistingGrant: async (context) => {
      const grant = new context.oidc.provider.Grant({
        clientId: context.oidc.client.clientId,
        accountId: context.oidc.session.accountId,
      });
      grant.addOIDCScope('openid email profile');
      await grant.save();
      return grant;
    },
  });
  const callback = provider.callback();

  const interact = async (request, response) => {
    const { params } = await provider.interactionDetails(request, response);
    const form = request.method === 'POST' ? new URLSearchParams(await readBody(request)) : undefined;
    const account = form?.get('account') || params.login_hint || chosen;
    if (account === 'nobody') {
      return provider.interactionFinished(request, response, { error: 'access_denied' });
    }
    if (account) return provider.interactionFinished(request, response, { login: { accountId: account } });
    response.setHeader('Content-Type', 'text/html; charset=utf-8');
    const options = Object.keys(accounts)
      .map((name) => `<button name="account" value="${name}">${name}</button>`)
      .join('');
    response.end(`<!doctype html><title>Provider</title><h1>Who are you?</h1><form method="post">${options}</form>`);
  };

  server.on('request', (request, response) => {
    const fail = (error) => {
      response.statusCode = 500;
      response.end(String(error));
    };
    if (request.url === '/jwks') keysAsked += 1;
    if (request.url === '/test/keys') {
      response.end(String(keysAsked));
    } else if (request.url === '/test/account') {
      readBody(request).then((name) => {
        chosen = name;
        response.end();
      }, fail);
    } else if (request.url.startsWith('/interaction/')) {
      interact(request, response).catch(fail);
    } else {
      callback(request, response);
    }
  });
  process.stdout.write(`listening ${issuer}\n`);
});

// A certified OpenID provider on loopback, with people of the tests. Writes its address as one line of JSON.
// usage: node provider.mjs REDIRECT_URI ID_TOKEN_SECONDS
import Provider from 'oidc-provider';
import http from 'node:http';

const [redirectUri, seconds] = process.argv.slice(2);
const people = {
  ada: { email: 'ada@example.org', email_verified: true, quorum_role: ['viewer'], quorum_units: ['fern'] },
  bob: { email: 'bob@example.org', email_verified: true, quorum_role: ['leadership'] },
  eve: { email: 'eve@example.org', email_verified: true },
};
const server = http.createServer();
await new Promise((ready) => server.listen(0, '127.0.0.1', ready));
const issuer = `http://127.0.0.1:${server.address().port}`;
const provider = new Provider(issuer, {
  clients: [{
    client_id: 'quorum', client_secret: 'a-secret-of-the-tests-alone', redirect_uris: [redirectUri],
    grant_types: ['authorization_code'], response_types: ['code'],
  }],
  claims: { openid: ['sub', 'quorum_role', 'quorum_units'], email: ['email', 'email_verified'], profile: [] },
  conformIdTokenClaims: false,
  ttl: { IdToken: Number(seconds), AccessToken: 600, AuthorizationCode: 60, Session: 600, Grant: 600, Interaction: 600 },
  cookies: { keys: ['a-key-of-the-tests-alone'] },
  pkce: { required: () => false },
  findAccount: (_ctx, id) => people[id] && { accountId: id, claims: async () => ({ sub: id, ...people[id] }) },
});
server.on('request', provider.callback());
process.stdout.write(JSON.stringify({ issuer }) + '\n');

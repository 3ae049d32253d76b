// The filtered stream by three SDKs at once, unmodified: the client's API key stands where X's bearer token would.
import assert from 'node:assert/strict';
import http from 'node:http';
import { Client as Xdk } from '@xdevplatform/xdk';
import { Client as Sdk } from 'twitter-api-sdk';
import { ETwitterStreamEvent, TwitterApi } from 'twitter-api-v2';

const [proxy, sandbox] = process.argv.slice(2);
const key = 'dev-key';
const control = (path, body) =>
  fetch(`${sandbox}/_sandbox/${path}`, { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) }).then(r => r.json());
const publish = id => control('streams/filtered_stream/events', { body: { data: { id, text: `event ${id}` } } });

const toProxy = ({ params }) => {
  const url = new URL(params.url);
  params.url = proxy + url.pathname + url.search;
};
const v2 = new TwitterApi(key, {
  plugins: [{ onBeforeRequestConfig: toProxy, onBeforeStreamRequestConfig: toProxy }],
  httpAgent: new http.Agent({ keepAlive: true }),
}).v2;
const sdk = new Sdk(key, { base_url: proxy });
const xdk = new Xdk({ baseUrl: proxy, bearerToken: key, accessToken: key });

// Rules, app-only.
const rules = await v2.updateStreamRules({ add: [{ value: 'event', tag: 'all of them' }] });
assert.equal(rules.data.length, 1);
assert.ok((await v2.streamRules()).data.some(rule => rule.id === rules.data[0].id));
assert.ok((await sdk.tweets.tweetCountsRecentSearch({ query: 'event' })).data);

const heard = { v2: [], sdk: [], xdk: [] };
const fields = ['author_id'];
const v2Stream = await v2.searchStream({ 'tweet.fields': fields });
v2Stream.on(ETwitterStreamEvent.Data, event => heard.v2.push(event.data.id));
const sdkStream = sdk.tweets.searchStream({ 'tweet.fields': fields });
void (async () => {
  for await (const event of sdkStream) if (event.data) heard.sdk.push(event.data.id);
})().catch(() => {});
const xdkStream = await xdk.stream.posts({ tweetFields: fields });
xdkStream.on('data', event => event.data && heard.xdk.push(event.data.id));

const until = async (what, condition) => {
  for (let i = 0; i < 400; i++) {
    if (condition()) return;
    await new Promise(resolve => setTimeout(resolve, 25));
  }
  assert.fail(`not within 10 s: ${what}: ${JSON.stringify(heard)}`);
};
const all = id => Object.values(heard).every(ids => ids.includes(id));

await publish('before'); // perhaps one of them does not listen yet
await until('all listen', () => (void publish('ready'), all('ready')));
await publish('1');
await publish('2');
await until('all hear both', () => all('1') && all('2'));
for (const ids of Object.values(heard)) assert.ok(ids.indexOf('1') < ids.indexOf('2') && ids.filter(id => id === '1').length === 1);

// X disconnects: the proxy connects again, and the SDKs go on without noticing more than a gap.
await control('streams/filtered_stream/disconnect', { how: 'operational' });
await until('all hear what follows', () => (void publish('3'), all('3')));

const counters = await fetch(`${sandbox}/_sandbox/counters?recent=0`).then(r => r.json());
assert.equal(counters.streams.filtered_stream.max_connections, 1);
v2Stream.destroy();
console.log('streams: rules, counts, three SDKs on one connection, a disconnect');
process.exit(0);

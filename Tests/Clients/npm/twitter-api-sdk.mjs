// twitter-api-sdk, X's former SDK, unmodified, against the proxy: only its base URL changes.
import assert from 'node:assert/strict';
import { Client } from 'twitter-api-sdk';
import { manyScopes, signIn } from './sign-in.mjs';

const proxy = process.argv[2];
const client = new Client(await signIn(proxy, 'tilda', manyScopes), { base_url: proxy });

const me = await client.users.findMyUser({ 'user.fields': ['created_at'] });
assert.equal(me.data.username, 'tilda');

for (let i = 0; i < 12; i++) await client.tweets.createTweet({ text: `sdk ${i}` });
const texts = [];
for await (const page of client.tweets.usersIdTweets(me.data.id, { max_results: 5 })) texts.push(...(page.data ?? []).map(shown => shown.text));
assert.deepEqual(texts, Array.from({ length: 12 }, (_, i) => `sdk ${11 - i}`));

const list = await client.lists.listIdCreate({ name: 'sdk list' });
await client.lists.listIdUpdate(list.data.id, { name: 'renamed' });
assert.equal((await client.lists.listIdGet(list.data.id)).data.name, 'renamed');
assert.equal((await client.lists.listIdDelete(list.data.id)).data.deleted, true);

const first = (await client.tweets.usersIdTweets(me.data.id, { max_results: 5 })).data[0];
assert.equal((await client.tweets.usersIdLike(me.data.id, { tweet_id: first.id })).data.liked, true);
assert.deepEqual((await client.users.tweetsIdLikingUsers(first.id)).data.map(user => user.username), ['tilda']);

await assert.rejects(client.tweets.findTweetById('not-a-number'), error => error.status === 400);
console.log('twitter-api-sdk: me, tweets, paging to the end, lists, likes');

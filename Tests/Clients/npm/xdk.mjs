// X's own SDK, unmodified, against the proxy: only its base URL changes.
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { Client } from '@xdevplatform/xdk';
import { manyScopes, signIn } from './sign-in.mjs';

const proxy = process.argv[2];
const session = await signIn(proxy, 'xavier', manyScopes);
const client = new Client({ baseUrl: proxy, accessToken: session, bearerToken: session }); // it wants both

const me = await client.users.getMe();
assert.equal(me.data.username, 'xavier');

const post = await client.posts.create({ text: 'hello from the XDK' });
assert.equal((await client.users.likePost(me.data.id, { tweetId: post.data.id })).data.liked, true);

const png = Buffer.concat([Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]), randomBytes(2_000_000)]);
const media = await client.media.upload({ media: png.toString('base64'), mediaCategory: 'tweet_image', mediaType: 'image/png' });
await client.posts.create({ text: 'with an image', media: { mediaIds: [media.data.id] } });

const posts = await client.users.getPosts(me.data.id, { maxResults: 5 });
assert.deepEqual(posts.data.map(shown => shown.text), ['with an image', 'hello from the XDK']);

// Lists and direct messages.
const friend = await new Client({ baseUrl: proxy, accessToken: await signIn(proxy, 'xena', manyScopes), bearerToken: 'unused' }).users.getMe();
const list = await client.lists.create({ name: 'xdk list' });
assert.equal((await client.lists.addMember(list.data.id, { userId: friend.data.id })).data.isMember ?? true, true);
assert.deepEqual((await client.lists.getMembers(list.data.id)).data.map(user => user.username), ['xena']);
assert.equal((await client.lists.delete(list.data.id)).data.deleted, true);
await client.directMessages.createByParticipantId(friend.data.id, { text: 'psst' });
const messages = await client.directMessages.getEventsByParticipantId(friend.data.id);
assert.ok(messages.data.some(event => event.text === 'psst'));

// Paging to the end.
for (let i = 0; i < 12; i++) await client.posts.create({ text: `xdk ${i}` });
const texts = [];
let paginationToken;
do {
  const page = await client.users.getPosts(me.data.id, { maxResults: 5, ...(paginationToken ? { paginationToken } : {}) });
  texts.push(...(page.data ?? []).map(shown => shown.text));
  paginationToken = page.meta?.nextToken ?? page.meta?.next_token;
} while (paginationToken);
assert.deepEqual(texts.slice(0, 12), Array.from({ length: 12 }, (_, i) => `xdk ${11 - i}`));
assert.equal(new Set(texts).size, texts.length);

console.log('@xdevplatform/xdk: me, post, like, media as base64, posts, lists, messages, paging to the end');

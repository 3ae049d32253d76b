// X's own SDK, unmodified, against the proxy: only its base URL changes.
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { Client } from '@xdevplatform/xdk';
import { signIn } from './sign-in.mjs';

const proxy = process.argv[2];
const session = await signIn(proxy, 'xavier');
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

console.log('@xdevplatform/xdk: me, post, like, media as base64, posts');

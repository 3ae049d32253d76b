// twitter-api-v2, unmodified, against the proxy: only the base URL changes, by a plugin.
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import http from 'node:http';
import { TwitterApi } from 'twitter-api-v2';
import { manyScopes, signIn } from './sign-in.mjs';

const proxy = process.argv[2];

const toProxy = {
  onBeforeRequestConfig({ params }) {
    const url = new URL(params.url);
    params.url = proxy + url.pathname + url.search;
  },
};
const settings = { plugins: [toProxy], httpAgent: new http.Agent({ keepAlive: true }) }; // plain http wants its agent

const client = new TwitterApi(await signIn(proxy, 'nora', manyScopes), settings).readWrite;

const me = await client.v2.me({ 'user.fields': ['created_at'] });
assert.equal(me.data.username, 'nora');
assert.ok(me.data.created_at);

const tweet = await client.v2.tweet('hello from twitter-api-v2 – ünïcödé');
const reply = await client.v2.reply('and a reply', tweet.data.id);
const liked = await client.v2.like(me.data.id, tweet.data.id);
assert.equal(liked.data.liked, true);

const png = Buffer.concat([Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]), randomBytes(3_500_000)]);
const image = await client.v2.uploadMedia(png, { media_type: 'image/png', media_category: 'tweet_image' });
const withImage = await client.v2.tweet('with an image', { media: { media_ids: [image] } });

const mp4 = Buffer.concat([Buffer.from([0, 0, 0, 0x18]), Buffer.from('ftypmp42'), randomBytes(5_200_000)]);
const video = await client.v2.uploadMedia(mp4, { media_type: 'video/mp4', media_category: 'tweet_video' }); // and waits for X to process it
await client.v2.tweet('with a video', { media: { media_ids: [video] } });

const timeline = await client.v2.userTimeline(me.data.id, { max_results: 5, expansions: ['attachments.media_keys'] });
assert.deepEqual(timeline.tweets.map(shown => shown.text), ['with a video', 'with an image', 'and a reply', 'hello from twitter-api-v2 – ünïcödé']);
assert.equal(timeline.tweets[2].id, reply.data.id);
assert.equal(timeline.tweets[1].id, withImage.data.id);
assert.ok(timeline.rateLimit.remaining > 0); // read from X's headers, which pass

await client.v2.unlike(me.data.id, tweet.data.id);
assert.equal((await client.v2.deleteTweet(tweet.data.id)).data.deleted, true);

// Lists.
const other = await new TwitterApi(await signIn(proxy, 'otto', manyScopes), settings).v2.me();
const list = await client.v2.createList({ name: 'friends', private: false });
assert.equal((await client.v2.addListMember(list.data.id, other.data.id)).data.is_member, true);
const members = await client.v2.listMembers(list.data.id);
assert.deepEqual(members.users.map(user => user.username), ['otto']);
assert.ok((await client.v2.listsOwned(me.data.id)).lists.some(owned => owned.id === list.data.id));
assert.equal((await client.v2.removeListMember(list.data.id, other.data.id)).data.is_member, false);
assert.equal((await client.v2.removeList(list.data.id)).data.deleted, true);

// Direct messages.
const sent = await client.v2.sendDmToParticipant(other.data.id, { text: 'psst' });
const events = await client.v2.listDmEventsWithParticipant(other.data.id, { 'dm_event.fields': ['text', 'sender_id'] });
assert.ok(events.events.some(event => event.id === (sent.data ?? sent).dm_event_id && event.text === 'psst'));

// Paging to the end, page by page, as the library's iterator does it.
for (let i = 0; i < 12; i++) await client.v2.tweet(`page ${i}`);
const pages = await client.v2.userTimeline(me.data.id, { max_results: 5 });
const texts = [];
for await (const shown of pages) texts.push(shown.text);
assert.deepEqual(texts.slice(0, 12), Array.from({ length: 12 }, (_, i) => `page ${11 - i}`));
assert.equal(new Set(texts).size, texts.length);
assert.equal(pages.done, true);

// Bookmarks, search and counts.
await client.v2.bookmark(withImage.data.id);
assert.deepEqual((await client.v2.bookmarks()).tweets.map(shown => shown.id), [withImage.data.id]);
await client.v2.deleteBookmark(withImage.data.id);
assert.ok((await client.v2.search('page', { max_results: 10 })).tweets.length > 0);

// X's own errors arrive as the library expects them.
await assert.rejects(client.v2.reply('too late', tweet.data.id), error => error.code >= 400 && error.code < 500);
const stranger = new TwitterApi('otps_nonsense', settings);
await assert.rejects(stranger.v2.me(), error => error.code === 401);

console.log('twitter-api-v2: me, tweet, reply, like, media in chunks, timeline, lists, messages, paging to the end, bookmarks, search, delete');

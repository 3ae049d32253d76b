// The timelines, and what is done with a tweet in them.

import { call } from './calls.js';
import { $, busy, clock, el } from './dom.js';

const FIELDS = 'max_results=20&tweet.fields=created_at,public_metrics,author_id,referenced_tweets,attachments,entities&user.fields=name,username'
  + '&media.fields=url,preview_image_url,alt_text,type'
  + '&expansions=author_id,referenced_tweets.id,referenced_tweets.id.author_id,attachments.media_keys,referenced_tweets.id.attachments.media_keys';

let me = null, onReply = () => {}, shown = 'home', nextPage = null;

// X's timelines do not show what the account has liked, so this tab remembers its own likes.
const marks = new Set(JSON.parse(sessionStorage.getItem('marks') ?? '[]'));

/** @param account The account that is signed in. @param reply Called with a tweet and its author, to reply to. */
export function startTimeline(account, reply) {
  [me, onReply] = [account, reply];
  return loadTimeline();
}

export function forgetTimeline() {
  marks.clear();
  sessionStorage.removeItem('marks');
  [me, nextPage] = [null, null];
  $('timeline').replaceChildren();
}

export async function loadTimeline(page) {
  const wanted = shown, after = page ? `&pagination_token=${encodeURIComponent(page)}` : '';
  const answer = await call('GET', `/v1/timelines/${wanted}?${FIELDS}${after}`, { topic: 'timeline' });
  if (!answer || wanted !== shown || !me) return;
  const included = {
    users: byId(answer.includes?.users), tweets: byId(answer.includes?.tweets),
    media: new Map(answer.includes?.media?.map(media => [media.media_key, media])),
  };
  const tweets = (answer.data ?? []).map(tweet => renderTweet(tweet, included));
  if (page) $('timeline').append(...tweets);
  else $('timeline').replaceChildren(...(tweets.length ? tweets : [el('p', 'empty', 'Nothing here yet. Post the first tweet.')]));
  nextPage = answer.meta?.next_token;
  $('older').hidden = !nextPage;
}

const byId = items => new Map(items?.map(item => [item.id, item]));

function renderTweet(entry, { users, tweets, media }) {
  const reference = entry.referenced_tweets?.[0], referenced = tweets.get(reference?.id), retweet = reference?.type === 'retweeted';
  const tweet = retweet && referenced ? referenced : entry, author = users.get(tweet.author_id) ?? { username: tweet.author_id, name: '' };
  const nameOf = id => id === me.id ? 'you' : `@${users.get(id)?.username ?? id}`;
  const article = $('tweet').content.firstElementChild.cloneNode(true), part = name => article.querySelector(`.${name}`);
  part('avatar').textContent = (author.name || author.username)[0].toUpperCase();
  part('name').textContent = author.name;
  part('handle').textContent = `@${author.username}`;
  part('text').textContent = textOf(tweet);
  part('media').replaceChildren(...(tweet.attachments?.media_keys ?? []).map(key => renderMedia(media.get(key), tweet)));
  part('media').hidden = !part('media').children.length;
  part('context').hidden = !reference;
  if (reference) {
    const verb = { retweeted: 'Retweeted by', quoted: 'Quotes', replied_to: 'In reply to' }[reference.type] ?? reference.type;
    part('context').textContent = `${verb} ${retweet ? nameOf(entry.author_id) : referenced ? nameOf(referenced.author_id) : 'a tweet'}`;
  }
  if (retweet && entry.author_id === me.id) setMark(`retweet:${tweet.id}`, true);
  const { created_at } = tweet, time = { dateTime: created_at, textContent: clock(created_at), title: new Date(created_at).toLocaleString() };
  if (created_at) Object.assign(article.querySelector('time'), time);

  part('reply').lastChild.textContent = tweet.public_metrics?.reply_count || '';
  part('reply').onclick = () => onReply(tweet, author);
  for (const mark of ['retweet', 'like']) bindMark(part(mark), mark, tweet);
  part('delete').hidden = tweet.author_id !== me.id;
  part('delete').onclick = () => deleteTweet(part('delete'), tweet, article);
  return article;
}

/** X escapes three characters, and ends the text with a link to the media, which are shown. */
function textOf({ text, entities }) {
  for (const { url, media_key } of entities?.urls ?? []) if (media_key) text = text.replace(url, '');
  return text.replace(/&(lt|gt|amp);/g, (_, name) => ({ lt: '<', gt: '>', amp: '&' })[name]).trimEnd();
}

/** A photo; of a video or a GIF X's preview picture. Where there is none, or it does not load, words. */
function renderMedia(media, tweet) {
  const kind = { photo: 'Picture', video: 'Video', animated_gif: 'GIF' }[media?.type] ?? 'Media', source = media?.url ?? media?.preview_image_url;
  const tile = el('a', 'tile');
  Object.assign(tile, { href: source ?? `https://x.com/i/status/${tweet.id}`, target: '_blank', rel: 'noreferrer' });
  const words = () => el('span', 'small', media?.alt_text ? `${kind}: ${media.alt_text}` : kind);
  const image = Object.assign(el('img'), { alt: media?.alt_text || `${kind} without a description`, loading: 'lazy', referrerPolicy: 'no-referrer' });
  image.onerror = () => tile.replaceChildren(words());
  if (source) image.src = source;
  tile.append(source ? image : words());
  if (source && kind !== 'Picture') tile.append(el('span', 'kind small', kind));
  return tile;
}

function setMark(mark, isOn) {
  if (isOn) marks.add(mark); else marks.delete(mark);
  sessionStorage.setItem('marks', JSON.stringify([...marks]));
}

function bindMark(target, mark, tweet) {
  const id = `${mark}:${tweet.id}`, counted = marks.has(id);
  target.dataset.mark = id;
  target.draw = () => {
    target.setAttribute('aria-pressed', marks.has(id));
    target.lastChild.textContent = Math.max(0, (tweet.public_metrics?.[`${mark}_count`] ?? 0) + marks.has(id) - counted) || '';
  };
  target.onclick = () => busy(target, async () => {
    if (!await call(marks.has(id) ? 'DELETE' : 'PUT', `/v1/tweets/${tweet.id}/${mark}`, { topic: mark })) return;
    setMark(id, !marks.has(id));
    for (const same of document.querySelectorAll(`[data-mark="${id}"]`)) same.draw(); // a retweet shows its tweet a second time
  });
  target.draw();
}

function deleteTweet(target, tweet, article) {
  if (!target.classList.contains('sure')) {
    target.classList.add('sure');
    target.lastChild.textContent = 'Really delete?';
    setTimeout(() => { target.classList.remove('sure'); target.lastChild.textContent = 'Delete'; }, 4000);
    return;
  }
  busy(target, async () => { if (await call('DELETE', `/v1/tweets/${tweet.id}`, { topic: 'delete' })) article.remove(); });
}

$('reload').onclick = () => busy($('reload'), () => loadTimeline());
$('older').onclick = () => busy($('older'), () => loadTimeline(nextPage));
$('tabs').onclick = event => {
  if (!event.target.value) return;
  shown = event.target.value;
  for (const tab of $('tabs').children) tab.setAttribute('aria-pressed', tab === event.target);
  loadTimeline();
};

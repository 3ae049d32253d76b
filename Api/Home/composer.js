// A tweet to be: its text, its reply target, and up to four pictures, or one GIF or video.

import { clearProblems, send, showProblem } from './calls.js';
import { $, button, el } from './dom.js';
import { LIMIT, weightedLength } from './length.js';
import { Upload } from './upload.js';

const MAX_PICTURES = 4;

let replyTo = null;
let attachments = []; // { file, upload, altText, item }
let attempt = null; // the last post whose outcome is not known: { what, key }
let posting = false;

/** @param posted Called when X has the tweet. */
export function startComposer(posted) {
  $('composer').onsubmit = event => {
    event.preventDefault();
    if (!$('post').disabled) post(posted);
  };
}

export function forgetComposer() {
  for (const attachment of [...attachments]) detach(attachment);
  attempt = null;
  clear();
}

export function startReply(tweet, author) {
  replyTo = tweet.id;
  $('replying').hidden = false;
  $('replying').firstChild.textContent = `Replying to @${author.username}: ${tweet.text}`;
  $('text').focus();
}

function cancelReply() {
  replyTo = null;
  $('replying').hidden = true;
}

function clear() {
  $('composer').reset();
  cancelReply();
  draw();
}

function draw() {
  const length = weightedLength($('text').value);
  $('length').textContent = `${length} / ${LIMIT}`;
  $('length').classList.toggle('over', length > LIMIT);
  $('post').disabled = posting || (!$('text').value.trim() && !attachments.length);
  $('attached').hidden = !attachments.length;
}

// ---- posting

async function post(posted) {
  posting = true;
  draw();
  try {
    if (await sendAll()) await posted();
  } finally {
    posting = false;
    draw();
  }
}

/** Whether X has the tweet. */
async function sendAll() {
  clearProblems(where => where.topic === 'upload' || where.topic === 'attach');
  const sending = [...attachments];
  for (const { altText } of sending) altText.disabled = true; // sent with the first byte
  const sent = await Promise.all(sending.map(attachment => attachment.upload.send(attachment.altText.value)));
  for (const { altText, upload } of sending) altText.disabled = upload.begun;
  if (sending.some(({ upload }) => upload.stopped) || attachments.length !== sending.length) {
    showProblem({ title: 'Not posted: what is attached has changed', detail: 'Post again to send it as it is now.' }, 'attach');
    return false;
  }
  if (!sent.every(Boolean)) return false;
  const text = $('text').value, path = replyTo ? `/v1/tweets/${replyTo}/replies` : '/v1/tweets';
  const body = { ...(text.trim() && { text }), ...(sending.length && { media: { upload_ids: sending.map(({ upload }) => upload.id) } }) };
  if (!await sendOnce(path, body)) return false;
  for (const { item, preview } of sending) forget(item, preview);
  attachments = [];
  clear();
  return true;
}

/** Sends a post under a key that stays the same until its outcome is known, so that X has it once however often it is sent. */
async function sendOnce(path, body) {
  const what = JSON.stringify([path, body]);
  if (attempt?.what !== what) attempt = { what, key: newKey() };
  const ifLost = 'It may have been posted or not. Post again: the same Idempotency-Key makes sure that it is there once.';
  const { value, problem } = await send('POST', path, { body, headers: { 'Idempotency-Key': attempt.key }, topic: 'post', ifLost });
  const isDecided = problem && (problem.reason === 'outcome_unknown' || (!problem.retryable && problem.status < 500));
  if (value || isDecided) attempt = null;
  return value !== undefined;
}

// randomUUID exists only over https and on this machine.
const newKey = () => [...crypto.getRandomValues(new Uint8Array(16))].map(byte => byte.toString(16).padStart(2, '0')).join('');

// ---- pictures

const isPicture = file => file.type.startsWith('image/') && file.type !== 'image/gif';

function attach(file) {
  const fits = attachments.length === 0 || (attachments.length < MAX_PICTURES && [file, ...attachments.map(one => one.file)].every(isPicture));
  if (!fits) {
    showProblem({ title: 'A tweet has up to four pictures, or one GIF or video', detail: `${file.name} was not added.` }, 'attach');
    return;
  }
  clearProblems(where => where.topic === 'attach');
  const altText = Object.assign(el('input'), { maxLength: 1000, autocomplete: 'off', placeholder: 'Describe it (alt text)' });
  altText.setAttribute('aria-label', `Description of ${file.name}`);
  const preview = file.type.startsWith('image/') ? URL.createObjectURL(file) : null;
  const picture = preview ? Object.assign(el('img', 'preview'), { src: preview, alt: '' }) : el('span', 'preview small', 'Video');
  const status = el('span', 'muted small'), bar = el('div', 'bar', el('i')), remove = button('quiet', 'Remove', () => detach(attachment));
  const label = verb => {
    remove.textContent = verb;
    remove.setAttribute('aria-label', `${verb} ${file.name}`);
  };
  label('Remove');
  status.setAttribute('role', 'status');
  bar.hidden = true;
  const name = el('div', 'row', el('span', 'small name', file.name), status, remove);
  remove.classList.add('push');
  const item = el('li', '', picture, el('div', '', name, altText, bar));
  const upload = new Upload(file, (words, share) => {
    bar.hidden = share === 1;
    bar.firstChild.style.width = `${share * 100}%`;
    status.textContent = words;
    label(share === 1 || words === 'Failed' ? 'Remove' : 'Cancel');
  });
  const attachment = { file, upload, altText, item, preview };
  attachments.push(attachment);
  $('attached').append(item);
  draw();
}

function detach(attachment) {
  attachments = attachments.filter(other => other !== attachment);
  forget(attachment.item, attachment.preview);
  attachment.upload.remove();
  draw();
}

function forget(item, preview) {
  item.remove();
  if (preview) URL.revokeObjectURL(preview);
}

$('file').onchange = () => {
  for (const file of $('file').files) attach(file);
  $('file').value = ''; // the same file can be chosen again
};
$('replying').lastChild.onclick = cancelReply;
$('text').oninput = draw;
$('text').onkeydown = event => { if (event.key === 'Enter' && (event.ctrlKey || event.metaKey)) $('composer').requestSubmit(); };
draw();

// Calls to the proxy, the problems they end with, and the list of the last ones.

import { $, button, clock, countdown, el } from './dom.js';

export const token = () => sessionStorage.getItem('session');

// Told what other modules do about it.
export const on = { sent: () => {}, signedOut: () => {} };

/**
 * Calls the proxy.
 * @param topic What the user does: its problem is shown in place of the last one, and goes with the next success.
 * @param background Not shown: neither in the list of calls, nor as a problem.
 * @param read What to return of the response, if not its JSON.
 * @param ifLost What the user is told when no answer comes.
 * @returns `{ value }`, or `{ problem }`, of which the user has been told; neither when the user cancelled, or signed out meanwhile.
 */
export async function send(method, path, { body, key, background, headers = {}, read, topic = `${method} ${path}`, signal, ifLost } = {}) {
  const session = token(), started = performance.now(), isFile = body instanceof Blob;
  if (key) headers['X-Api-Key'] = key;
  else if (session) headers.Authorization = `Bearer ${session}`;
  if (body && !isFile) headers['Content-Type'] = 'application/json';
  let response, answer;
  try {
    response = await fetch(path, { method, headers, body: isFile ? body : body && JSON.stringify(body), cache: 'no-store', signal });
    const text = await response.text();
    try { answer = text ? JSON.parse(text) : {}; } catch { answer = { detail: text }; }
  } catch {
    if (signal?.aborted) return {};
    const problem = { title: 'The proxy does not answer', detail: ifLost ?? `Nothing came back from ${location.host}. Is it running?`, retryable: true };
    if (!background) showProblem(problem, topic, !ifLost);
    return { problem };
  }
  if (session !== token()) return {};
  clearProblems(where => where.isConnection);
  const problem = response.ok ? null : problemOf(response, answer);
  noteUpstream(response, problem);
  if (!background) {
    logCall(method, path, response, problem, performance.now() - started);
    if (response.headers.has('Server-Timing')) on.sent(); // to X, so its windows have changed
  }
  if (!problem) {
    if (!background) clearProblems(where => where.topic === topic);
    return { value: read ? read(response) : answer };
  }
  const signedOut = response.status === 401 && /^(session_|reconnect_needed)/.test(problem.reason ?? '');
  if (signedOut) on.signedOut();
  if (signedOut || !background) showProblem(problem, topic);
  return { problem };
}

/** As send: the value alone, or null. */
export const call = async (...what) => (await send(...what)).value ?? null;

/** A problem of the proxy (RFC 9457), or an error of X, which the proxy passes on unchanged: X's own words come first. */
export function problemOf(response, answer) {
  const isProxys = String(answer.type).startsWith('urn:orleans-twitter-proxy:');
  const said = Array.isArray(answer.errors) ? answer.errors.map(error => error.message ?? error.detail ?? error.title) : [];
  const words = [...new Set([...said, answer.detail].filter(Boolean))], reset = Number(response.headers.get('x-rate-limit-reset'));
  let seconds = Number(answer.retry_after ?? response.headers.get('Retry-After'));
  if (!seconds && response.status === 429 && reset) seconds = Math.max(1, reset - Date.now() / 1000);
  return {
    title: isProxys ? answer.title : words.shift() ?? answer.title ?? 'X gave no reason',
    detail: isProxys ? answer.detail : words.join(' '),
    note: isProxys ? '' : `From X: ${response.status}${answer.title ? `, ${answer.title}` : ''}.`,
    reason: answer.reason, status: response.status, retryAt: seconds ? Date.now() + seconds * 1000 : null,
    retryable: isProxys ? answer.retryable : response.status === 429 || response.status >= 500,
  };
}

/** Shows a problem until it is dismissed, its topic succeeds, or its time is over. */
export function showProblem({ title, detail, note, retryAt }, topic, isConnection = false) {
  clearProblems(where => where.topic === topic);
  const box = el('div', 'problem', el('b', '', title));
  box.where = { topic, isConnection };
  box.append(button('quiet', 'Dismiss', () => box.remove()));
  if (detail && detail !== title) box.append(el('p', 'small', detail));
  if (retryAt) {
    box.append(el('p', 'small', 'Try again in ', countdown(retryAt, 'a moment'), ` (at ${clock(retryAt)}).`));
    box.addEventListener('over', () => box.remove());
  }
  if (note) box.append(el('p', 'small muted', note));
  $('problems').append(box);
}

export function clearProblems(isOver = () => true) {
  for (const box of [...$('problems').children]) if (isOver(box.where)) box.remove();
}

function logCall(method, path, response, problem, milliseconds) {
  const item = el('li', problem ? 'bad' : '', el('h3', '', `${method} ${path.split('?')[0]}`),
    el('p', 'small', `${response.status} ${problem ? problem.title : 'OK'} · ${milliseconds.toFixed(0)} ms`));
  for (const name of ['RateLimit', 'Server-Timing', 'Retry-After', 'Idempotency-Replayed']) {
    if (response.headers.has(name)) item.append(el('code', '', `${name}: ${response.headers.get(name)}`));
  }
  $('calls').prepend(item);
  while ($('calls').children.length > 5) $('calls').lastChild.remove();
}

export function setPill(id, good, text) {
  $(id).hidden = false;
  $(id).className = `pill ${good ? 'good' : 'bad'}`;
  if ($(id).textContent !== text) $(id).textContent = text;
}

/** X's health, as shown by this page's own calls. */
function noteUpstream(response, problem) {
  if (/^(circuit_|upstream_|token_endpoint_)/.test(problem?.reason ?? '')) setPill('upstream', false, problem.title);
  else if (response.headers.has('Server-Timing')) setPill('upstream', response.status < 500, response.status < 500 ? 'X answers' : 'X is failing');
}

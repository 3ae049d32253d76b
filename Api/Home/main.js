// The page at the root: signing in and out, and what is looked at again and again.

import { call, clearProblems, on, setPill, showProblem, token } from './calls.js';
import { forgetComposer, startComposer, startReply } from './composer.js';
import { showCurl } from './curl.js';
import { $, busy, clock, countdown, day, el } from './dom.js';
import { forgetLimits, loadLimits } from './limits.js';
import { forgetTimeline, loadTimeline, startTimeline } from './timeline.js';

const developmentKey = document.documentElement.dataset.developmentKey; // empty unless the public key is valid
let me = null; // the account that is signed in: { id, username }

on.sent = loadLimits;
on.signedOut = endSession;

// ---- sign-in: the browser goes to X, returns with a single-use code, and exchanges it for the session token

$('sign-in').onsubmit = event => {
  event.preventDefault();
  busy($('sign-in').querySelector('button'), signIn);
};

async function signIn() {
  const key = $('key').value.trim(), page = location.origin + '/';
  const started = await call('POST', '/v1/auth/authorize', { key, body: { return_url: page }, topic: 'sign-in' });
  if (!started) return;
  sessionStorage.setItem('key', key);
  sessionStorage.setItem('signing-in', JSON.stringify({ state: started.state }));
  location.assign(started.authorization_url);
}

async function finishSignIn() {
  const query = new URLSearchParams(location.search), handoff = query.get('handoff'), error = query.get('error');
  const pending = JSON.parse(sessionStorage.getItem('signing-in'));
  if (!handoff && !error) return;
  history.replaceState(null, '', '/');
  sessionStorage.removeItem('signing-in');
  // Only the sign-in that this tab began; otherwise a link could sign the user in to another account.
  if (!pending || (handoff && handoff.split('.')[0] !== pending.state)) {
    if (!token()) showProblem({ title: 'This tab did not begin the sign-in', detail: 'Start it again in this tab.' }, 'sign-in');
  } else if (error) {
    const detail = query.get('error_description') ?? `Reason: ${error.replace(/[^a-z]+/gi, ' ')}.`;
    showProblem({ title: 'You are not signed in', detail: `${detail} You can try again.` }, 'sign-in');
  } else {
    const opened = await call('POST', '/v1/auth/exchange', { key: sessionStorage.getItem('key'), body: { handoff }, topic: 'sign-in' });
    if (!opened) return;
    sessionStorage.setItem('session', opened.session_token);
    if (opened.missing_scopes.length) showProblem({ title: 'Some scopes were not granted', detail: opened.missing_scopes.join(', ') }, 'scopes');
  }
}

$('sign-out').onclick = () => busy($('sign-out'), async () => {
  if (!await call('DELETE', '/v1/session', { topic: 'sign-out' })) return;
  endSession();
  clearProblems();
});

function endSession() {
  sessionStorage.removeItem('session');
  me = null;
  forgetComposer();
  forgetTimeline();
  forgetLimits();
  $('calls').replaceChildren();
  show();
}

function show() {
  const signedIn = Boolean(me);
  $('main').className = signedIn ? '' : 'out';
  $('welcome').hidden = signedIn;
  for (const id of ['left', 'account', 'limits', 'log', 'who', 'to-limits']) $(id).hidden = !signedIn;
  showCurl(developmentKey);
}

async function loadSession() {
  const session = await call('GET', '/v1/session', { background: true });
  if (!session) return;
  const arrived = !me;
  me = session.account;
  if (arrived) show();
  $('who-name').textContent = `@${me.username}`;
  const [avatar, name] = $('account').querySelectorAll('.avatar, h2');
  avatar.textContent = me.username[0].toUpperCase();
  name.textContent = `@${me.username}`;
  $('account').querySelector('summary').textContent = `${session.scopes.length} scopes granted`;
  $('account').querySelector('.chips').replaceChildren(...session.scopes.map(scope => el('li', '', scope)));
  const facts = {
    'X user id': me.id, Grant: session.grant_state,
    'X token': el('span', '', countdown(Date.parse(session.access_token_expires_at), 'nothing'), ' left; the proxy renews it in time'),
    'Signed in': `at ${clock(session.created_at)}`,
    'Session ends': `${day(session.idle_expires_at)} if unused, ${day(session.expires_at)} in any case`, 'Live sessions': session.session_count,
  };
  $('account').querySelector('dl').replaceChildren(...Object.entries(facts).flatMap(([term, fact]) => [el('dt', '', term), el('dd', '', fact)]));
}

$('refresh').onclick = () => busy($('refresh'), async () => {
  if (await call('POST', '/v1/session/refresh', { topic: 'refresh' })) await loadSession();
});

// ---- timers

async function loadHealth() {
  try {
    const response = await fetch('/healthz/ready', { cache: 'no-store' });
    setPill('ready', response.ok, response.ok ? 'Proxy ready' : `Proxy: ${(await response.text()).slice(0, 40)}`);
    clearProblems(where => where.isConnection);
  } catch { setPill('ready', false, 'Proxy does not answer'); }
}

async function poll(round) {
  try {
    if (document.visibilityState !== 'visible') return;
    if (round % 3 === 0) await loadHealth();
    if (me) await loadLimits();
    if (me && round % 20 === 19) await loadSession();
  } finally { setTimeout(poll, 3000, round + 1); }
}

$('key').value = sessionStorage.getItem('key') ?? developmentKey;
$('key-hint').textContent = developmentKey
  ? `${developmentKey} is filled in: it works on this machine while X is the sandbox and nothing else is configured.`
  : 'It identifies your application: the command "keys new NAME" prints one, and a configuration with this page among its return URLs. This tab alone keeps it.';
startComposer(() => loadTimeline());
show();
await finishSignIn();
if (token()) await loadSession();
poll(0);
if (me) await startTimeline(me, startReply);

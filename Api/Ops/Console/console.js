import { accountsView, accountView } from './accounts.js';
import { call, whenSignedOut } from './api.js';
import { clientsView, clientView } from './clients.js';
import { $, h, show } from './dom.js';
import { overviewView, silosView } from './overview.js';
import { recordsView } from './records.js';

const views = {
  overview: ['Overview', view => overviewView(view, refresh)],
  accounts: ['Accounts', (view, id) => (/^\d+$/.test(id) ? accountView(view, id) : accountsView(view))],
  clients: ['Clients', (view, id) => (id ? clientView(view, decode(id)) : clientsView(view))],
  silos: ['Silos', view => silosView(view)],
  records: ['Audit', view => recordsView(view)],
};

let signedIn = false;
let latest = null; // the newest overview
let draw = null; // of the view that shows it live
let events = null;
let retry = null;

// Whoever sends an operator a link decides what is in it.
function decode(text) {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

function route() {
  if (!signedIn) return;
  const [name, id] = location.hash.slice(1).split('/');
  const current = views[name] ? name : 'overview';
  for (const link of $('nav').children) {
    if (link.hash === `#${current}`) link.setAttribute('aria-current', 'page');
    else link.removeAttribute('aria-current');
  }
  const view = h('div');
  view.id = 'view';
  $('view').replaceWith(view);
  document.title = `${views[current][0]} · Operators · OrleansTwitterProxy`;
  const live = views[current][1](view, id ?? '');
  draw = typeof live === 'function' ? live : null;
  if (latest) draw?.(latest);
}

function update(overview) {
  latest = overview;
  draw?.(overview);
}

// After a change, and before the next event.
async function refresh() {
  try {
    update(await call('GET', '/v1/ops/overview'));
  } catch { /* the events say that the connection is lost */ }
}

function listen() {
  clearTimeout(retry);
  events?.close();
  events = new EventSource('/v1/ops/events');
  events.addEventListener('overview', event => {
    live(true);
    update(JSON.parse(event.data));
  });
  events.onerror = () => {
    live(false);
    // The browser reconnects by itself, but not after an answer that is no stream.
    if (events.readyState !== EventSource.CLOSED) return;
    retry = setTimeout(async () => {
      if (!signedIn) return;
      await refresh(); // shows the sign-in when the cookie has ended
      if (signedIn) listen();
    }, 3000);
  };
}

function live(isLive) {
  const text = isLive ? 'Live' : 'Connection lost, reconnecting…';
  if ($('live').textContent !== text) $('live').textContent = text; // a screen reader reads changes only
  $('live').classList.toggle('bad', !isLive);
  $('live').hidden = false;
}

function signIn(name, overview) {
  show($('who'), `Signed in with the key ${name}`);
  signedIn = true;
  latest = overview;
  for (const id of ['nav', 'sign-out', 'links']) $(id).hidden = false;
  $('sign-in').hidden = true;
  route();
  listen();
}

function signOut() {
  signedIn = false;
  latest = draw = null;
  events?.close();
  clearTimeout(retry);
  if ($('dialog').open) $('dialog').close();
  for (const id of ['nav', 'sign-out', 'links', 'live', 'who']) $(id).hidden = true;
  $('view').replaceChildren();
  document.title = 'Operators · OrleansTwitterProxy';
  $('sign-in').hidden = false;
  $('key').focus();
}

$('nav').append(...Object.entries(views).map(([name, [title]]) => h('a', { href: `#${name}` }, title)));
$('sign-in-form').addEventListener('submit', async event => {
  event.preventDefault();
  const key = $('key').value;
  show($('sign-in-problem'));
  try {
    const { name } = await call('POST', '/ops/sign-in', { body: { key } });
    $('key').value = '';
    signIn(name, await call('GET', '/v1/ops/overview'));
  } catch (error) {
    show($('sign-in-problem'), error.status === 401 ? 'This key opens nothing. Check Ops:AdminKeys.' : error.message);
  }
});
$('sign-out').addEventListener('click', async () => {
  try {
    await call('POST', '/ops/sign-out');
    signOut();
  } catch (error) {
    live(false);
  }
});
whenSignedOut(signOut);
addEventListener('hashchange', () => {
  route();
  $('main').focus({ preventScroll: true });
  scrollTo(0, 0);
});

try {
  const operator = await call('GET', '/ops/sign-in');
  if (operator) signIn(operator.name, await call('GET', '/v1/ops/overview'));
  else signOut();
} catch (error) {
  signOut();
  show($('sign-in-problem'), error.message);
}

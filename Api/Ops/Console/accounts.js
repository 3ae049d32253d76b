import { call, confirm } from './api.js';
import { card, counted, h, state, table, time, words } from './dom.js';
import { activityCard, auditCard } from './records.js';

const states = ['active', 'expired', 'rejected', 'refresh_interrupted', 'signed_out', 'erasing', 'unreadable'];

export function accountsView(view) {
  const search = h('input', { id: 'search', type: 'search', maxlength: 64, autocomplete: 'off', spellcheck: 'false' });
  const filter = h('select', { id: 'state' }, h('option', { value: '' }, 'any'), states.map(name => h('option', { value: name }, words(name))));
  const found = h('div', { 'aria-live': 'polite' });
  const more = h('button', { type: 'button', hidden: true, click: () => read(false) }, 'More');
  let accounts = [], next = null, asked = 0;

  async function read(anew) {
    const turn = ++asked;
    if (anew) [accounts, next] = [[], null];
    const query = new URLSearchParams({ limit: 50 });
    if (search.value.trim()) query.set('search', search.value.trim());
    if (filter.value) query.set('state', filter.value);
    if (next) query.set('after', next);
    more.disabled = true;
    try {
      const page = await call('GET', `/v1/ops/accounts?${query}`);
      if (turn !== asked) return; // a later search has begun
      accounts = [...accounts, ...page.accounts];
      next = page.next;
      found.replaceChildren(accounts.length ? listOf(accounts)
        : h('p', { class: 'empty' }, next ? 'None among those read so far. More reads on.' : 'No account matches.'));
    } catch (error) {
      if (turn === asked) found.replaceChildren(h('p', { class: 'problem', role: 'alert' }, error.message));
    }
    more.hidden = !next;
    more.disabled = false;
  }

  view.append(card('Accounts', 'users of X that have signed in',
    h('form', { class: 'search', role: 'search', submit: event => { event.preventDefault(); read(true); } },
      h('div', {}, h('label', { for: 'search' }, 'Id or username begins with'), search),
      h('div', {}, h('label', { for: 'state' }, 'State'), filter),
      h('button', { class: 'main', type: 'submit' }, 'Search')),
    found, more));
  filter.addEventListener('change', () => read(true));
  read(true);
}

const listOf = accounts => table(`${accounts.length} shown`, ['Account', 'State', 'Id', 'Sessions', 'Clients', 'Access token', 'Trouble'], accounts.map(account => [
  h('a', { href: `#accounts/${account.id}` }, account.username ? `@${account.username}` : account.id),
  state(account.state),
  h('code', {}, account.id),
  account.sessions,
  account.clients.join(', '),
  [{ class: 'nowrap' }, time(account.access_token_expires_at)],
  account.trouble ? [{ class: 'trouble' }, account.trouble] : '',
]));

export function accountView(view, id) {
  const facts = h('div'), sessions = h('div'), done = h('p', { class: 'done', role: 'status', hidden: true });
  view.append(h('p', {}, h('a', { href: '#accounts' }, '← Accounts')), card('Account', null, facts), done, card('Sessions', null, sessions));
  const activity = activityCard(`account=${id}`), audit = auditCard(`account=${id}`);
  view.append(activity.element, audit.element);

  async function read() {
    try {
      const [page, list] = await Promise.all([call('GET', `/v1/ops/accounts?search=${id}&limit=200`), call('GET', `/v1/ops/accounts/${id}/sessions`)]);
      const account = page.accounts.find(one => one.id === id);
      facts.replaceChildren(account ? factsOf(account) : h('p', { class: 'empty' }, `There is no account ${id}: it has signed out, or was erased.`));
      sessions.replaceChildren(sessionsOf(list.sessions), h('p', { class: 'row' },
        list.sessions.length > 0 && h('button', { type: 'button', class: 'danger', click: () => end(null) }, 'End all sessions'),
        h('button', { type: 'button', class: 'danger', click: erase }, 'Erase account')));
    } catch (error) {
      facts.replaceChildren(h('p', { class: 'problem', role: 'alert' }, error.message));
    }
    activity.read();
    audit.read();
  }

  const sessionsOf = list => list.length === 0 ? h('p', { class: 'empty' }, 'It has no session.')
    : table(`${list.length} of the account`, ['Session', 'Client', 'Created', 'Last used', 'Ends', 'Scopes', ''], list.map(session => [
      h('code', {}, session.id), session.client_id,
      [{ class: 'nowrap' }, time(session.created_at)], [{ class: 'nowrap' }, time(session.last_used_at)],
      [{ class: 'nowrap' }, time(session.expires_at < session.idle_expires_at ? session.expires_at : session.idle_expires_at)],
      [{ class: 'small' }, session.scopes.join(' ')],
      h('button', { type: 'button', class: 'small danger', 'aria-label': `End session ${session.id}`, click: () => end(session.id) }, 'End'),
    ]));

  async function end(session) {
    const answer = await confirm({
      title: session ? `End session ${session}?` : 'End all sessions?',
      text: session ? 'Its client gets 401 from then on. With the last session the tokens are revoked at X.' : 'Every client of the account gets 401 from then on, and its tokens are revoked at X.',
      action: session ? 'End session' : 'End sessions',
      run: reason => call('DELETE', `/v1/ops/accounts/${id}/sessions${session ? `/${session}` : ''}`, { reason }),
    });
    if (answer) finish(`${answer.sessions_ended} ended, ${answer.sessions_left} left. ${answer.sessions_left ? '' : revocationOf(answer)}`);
  }

  async function erase() {
    const answer = await confirm({
      title: 'Erase this account?',
      text: 'Its sessions, tokens, keyed writes and uploads are deleted. This cannot be undone; the user can sign in again.',
      action: 'Erase account', word: id,
      run: reason => call('DELETE', `/v1/ops/accounts/${id}`, { reason }),
    });
    if (answer) finish(`Erased, with ${counted(answer.sessions_ended, 'session')}. ${revocationOf(answer)}`);
  }

  const revocationOf = answer => answer.revoked_at_x ? 'X has revoked the tokens.' : 'X has yet to confirm the revocation; it is retried.';

  function finish(text) {
    done.textContent = text;
    done.hidden = false;
    read();
  }

  read();
}

const factsOf = account => h('dl', { class: 'facts' },
  h('dt', {}, 'Username'), h('dd', {}, account.username ? `@${account.username}` : '–'),
  h('dt', {}, 'Id'), h('dd', {}, h('code', {}, account.id)),
  h('dt', {}, 'State'), h('dd', {}, state(account.state)),
  h('dt', {}, 'Access token'), h('dd', {}, account.access_token_expires_at ? 'expires ' : '', time(account.access_token_expires_at)),
  h('dt', {}, 'Clients'), h('dd', {}, account.clients.join(', ') || '–'),
  account.trouble && [h('dt', {}, 'Trouble'), h('dd', {}, account.trouble)]);

import { call } from './api.js';
import { card, h, number, time } from './dom.js';

/** What calls came to; hidden where the proxy keeps no activity. */
export const activityCard = filter => recordsCard('Activity', 'the newest calls', '/v1/ops/activity', filter);

/** Who did what, and why. */
export const auditCard = filter => recordsCard('Audit', 'the newest events', '/v1/ops/audit', filter);

function recordsCard(title, note, path, filter) {
  const box = h('div');
  const element = card(title, note, box);
  element.hidden = true;
  async function read() {
    try {
      const { entries } = await call('GET', `${path}?limit=50${filter ? `&${filter}` : ''}`);
      box.replaceChildren(entries.length === 0 ? h('p', { class: 'empty' }, 'Nothing yet.') : tableOf(title, entries));
      element.hidden = false;
    } catch (error) {
      element.hidden = error.status === 404;
      box.replaceChildren(h('p', { class: 'problem' }, error.message));
    }
    return !element.hidden;
  }
  return { element, read };
}

// Whatever an entry has: a column for each field that any of them fills.
function tableOf(title, entries) {
  const fields = [...new Set(entries.flatMap(Object.keys))].filter(field => entries.some(entry => entry[field] !== null && entry[field] !== ''));
  return h('div', { class: 'scroll', tabindex: 0, role: 'region', 'aria-label': title },
    h('table', { class: 'cards' },
      h('thead', {}, h('tr', {}, fields.map(field => h('th', { scope: 'col' }, field.replaceAll('_', ' '))))),
      h('tbody', {}, entries.map(entry => h('tr', {}, fields.map(field => h('td', { 'data-label': field.replaceAll('_', ' ') }, cell(field, entry[field]))))))));
}

function cell(field, value) {
  if (value === null || value === undefined) return '';
  if (typeof value === 'string' && /^\d{4}-\d\d-\d\dT/.test(value)) return time(value);
  if (field === 'account_id') return h('a', { href: `#accounts/${value}` }, value);
  if (field === 'client_id') return h('a', { href: `#clients/${encodeURIComponent(value)}` }, value);
  if (field === 'request_id') return h('code', {}, value);
  if (field === 'duration_ms') return number(Math.round(value * 10) / 10);
  return typeof value === 'object' ? JSON.stringify(value) : String(value);
}

export async function recordsView(view) {
  const cards = [auditCard(''), activityCard('')];
  view.append(...cards.map(each => each.element));
  const shown = await Promise.all(cards.map(each => each.read()));
  if (!shown.some(Boolean)) view.append(card('Audit and activity', null, h('p', { class: 'empty' }, 'This proxy keeps neither.')));
}

// The account's windows at X, as they empty and reset.

import { call } from './calls.js';
import { $, countdown, el } from './dom.js';

const KINDS = { fifteen_minutes: '15 min', account_day: 'account, 24 h', app_day: 'app, 24 h' }; // as in the RateLimit header
const rows = new Map(); // by endpoint and kind; kept between polls, so that the bars move

export async function loadLimits() {
  const limits = await call('GET', '/v1/limits', { background: true });
  if (!limits) return;
  const known = rows.size;
  for (const window of limits.windows) drawWindow(window);
  if (rows.size === known && known) return;
  const groups = Map.groupBy(limits.windows, window => window.endpoint_key);
  $('windows').replaceChildren(...[...groups].map(([endpoint, windows]) => el('div', '', el('h3', '', endpoint), ...windows.map(rowOf))));
  if (!groups.size) $('windows').append(el('p', 'muted small', 'No call has opened a window yet.'));
}

export function forgetLimits() {
  rows.clear();
  $('windows').replaceChildren();
}

function rowOf({ endpoint_key, kind }) {
  const id = `${endpoint_key} ${kind}`;
  if (!rows.has(id)) rows.set(id, el('div', 'window', el('div'), el('div', 'bar', el('i'))));
  return rows.get(id);
}

function drawWindow(window) {
  const { endpoint_key, kind, limit, remaining, reset_at, exhausted_at } = window, name = KINDS[kind] ?? kind, share = limit ? remaining / limit : 0;
  const row = rowOf(window), [line, bar] = row.children;
  row.className = `window ${remaining === 0 ? 'none' : share < .25 ? 'low' : ''}`;
  const end = exhausted_at && remaining ? ['used up in ', countdown(Date.parse(exhausted_at), 'a moment'), ' at this rate · '] : [];
  const reset = reset_at ? ['resets in ', countdown(Date.parse(reset_at), 'a moment')] : ['not open'];
  const left = el('span', '', el('b', '', remaining.toLocaleString()), ` of ${limit.toLocaleString()}`);
  line.replaceChildren(left, el('span', 'muted', `${name} · `, ...end, ...reset));
  bar.firstChild.style.width = `${share * 100}%`;
  const meter = { role: 'meter', label: `${endpoint_key}, ${name}: calls left`, valuemin: 0, valuemax: limit, valuenow: remaining };
  for (const [attribute, value] of Object.entries(meter)) bar.setAttribute(attribute === 'role' ? attribute : `aria-${attribute}`, value);
}

import { call } from './api.js';
import { card, counted, h, number, table } from './dom.js';
import { activityCard, auditCard } from './records.js';

export function clientsView(view) {
  const box = h('div');
  view.append(card('Clients', 'as configured; calls and limits as this front end knows them', box));
  read(box, ({ clients }) => clients.length === 0 ? h('p', { class: 'empty' }, 'No client is configured.')
    : table(counted(clients.length, 'client'), ['Client', 'Calls, last hour', 'Refused', 'Rate limit', 'In flight', 'Keys', 'May call'], clients.map(client => [
      h('a', { href: `#clients/${encodeURIComponent(client.id)}` }, client.id),
      number(client.calls), number(client.refused), rateOf(client.limit), inFlightOf(client.limit), client.keys, mayCall(client),
    ])));
}

export function clientView(view, id) {
  const box = h('div');
  view.append(h('p', {}, h('a', { href: '#clients' }, '← Clients')), card('Client', null, box));
  read(box, ({ clients }) => {
    const client = clients.find(one => one.id === id);
    return !client ? h('p', { class: 'empty' }, `No client is called ${id}.`) : h('dl', { class: 'facts' },
      h('dt', {}, 'Id'), h('dd', {}, h('code', {}, client.id)),
      h('dt', {}, 'API keys'), h('dd', {}, client.keys),
      h('dt', {}, 'Calls, last hour'), h('dd', {}, `${number(client.calls)}, of which ${number(client.refused)} refused`),
      h('dt', {}, 'Rate limit'), h('dd', {}, rateOf(client.limit)),
      h('dt', {}, 'In flight'), h('dd', {}, inFlightOf(client.limit)),
      h('dt', {}, 'Waits by default'), h('dd', {}, client.wait ? `${client.wait} s` : 'no'),
      h('dt', {}, 'Streams'), h('dd', {}, `${number(client.stream_limit)} at one front end`),
      h('dt', {}, 'May call'), h('dd', {}, mayCall(client)),
      h('dt', {}, 'Origins'), h('dd', {}, client.origins.join(', ') || 'none'));
  });
  for (const records of [activityCard(`client=${encodeURIComponent(id)}`), auditCard(`client=${encodeURIComponent(id)}`)]) {
    view.append(records.element);
    records.read();
  }
}

async function read(box, draw) {
  try {
    box.replaceChildren(draw(await call('GET', '/v1/ops/clients')));
  } catch (error) {
    box.replaceChildren(h('p', { class: 'problem', role: 'alert' }, error.message));
  }
}

const rateOf = limit => limit?.token_limit
  ? `${number(limit.tokens_per_period)} per ${limit.period} s, ${number(limit.token_limit)} at once${limit.retry_after ? `; refused for ${limit.retry_after} s` : ''}` : 'none';

const inFlightOf = limit => (!limit ? '–' : limit.permit_limit ? `${limit.in_flight} of ${limit.permit_limit}` : `${limit.in_flight}`);

const mayCall = client => `${client.families.join(', ') || 'every family'}${client.app_only ? '; app-only' : ''}`;

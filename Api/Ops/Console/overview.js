import { call, confirm } from './api.js';
import { callsChart, historyStrip, latencyChart } from './charts.js';
import { card, counted, duration, h, number, state, table } from './dom.js';

export function overviewView(view, refresh) {
  const tiles = h('dl', { class: 'tiles' }), calls = h('div'), latency = h('div'), circuits = h('div');
  const family = h('select', { id: 'family' });
  view.append(
    tiles,
    h('div', { class: 'charts' }, card('Calls', 'by minute, at this front end', calls), card('Duration', 'as callers see it', latency)),
    card('Circuits', 'of X: the whole, and each endpoint family used so far', circuits,
      h('p', { class: 'row' }, h('label', { for: 'family', class: 'small' }, 'Another family'), h('span', {}, family),
        h('button', { type: 'button', class: 'small danger', click: () => isolate(family.value, refresh) }, 'Isolate family'))));
  return overview => {
    tiles.replaceChildren(...tilesOf(overview));
    calls.replaceChildren(...callsChart(overview.minutes));
    latency.replaceChildren(...latencyChart(overview.minutes));
    keepFocus(circuits, () => circuits.replaceChildren(circuitsOf(overview, refresh)));
    const known = overview.families.join();
    if (family.dataset.known !== known) {
      family.replaceChildren(...overview.families.map(name => h('option', {}, name)));
      family.dataset.known = known;
    }
  };
}

// What is drawn anew every two seconds must not take the keyboard's place from its user.
function keepFocus(box, draw) {
  const label = box.contains(document.activeElement) ? document.activeElement.getAttribute('aria-label') : null;
  draw();
  if (label) [...box.querySelectorAll('[aria-label]')].find(element => element.getAttribute('aria-label') === label)?.focus();
}

function tilesOf({ minutes, waiting, circuits, silos }) {
  const sum = field => minutes.reduce((total, minute) => total + minute[field], 0);
  const broken = circuits?.filter(circuit => circuit.state !== 'closed').length;
  const dead = silos?.filter(silo => silo.status !== 'active').length;
  const latest = minutes.findLast(minute => minute.p95 !== null);
  return [
    tile('Calls, last hour', number(sum('calls')), `${number(minutes.at(-1).calls)} in this minute`),
    tile('Errors', number(sum('errors')), 'X failed or did not answer', sum('errors') > 0 && 'bad'),
    tile('Refused', number(sum('refused')), 'limits, or the proxy', sum('refused') > 0 && 'warn'),
    tile('Duration, p95', duration(latest?.p95 ?? null), 'latest minute with calls'),
    tile('Waiting', waiting === null ? '–' : number(waiting), waiting === null ? 'no silo in this process' : "for X's limits, on this silo"),
    tile('Circuits', broken === undefined ? '?' : broken === 0 ? 'closed' : `${broken} not closed`, broken === undefined ? 'no answer' : 'of X', broken !== 0 && 'bad'),
    tile('Silos', silos ? number(silos.length - dead) : '?', silos ? `active${dead ? `, ${dead} not` : ''}` : 'no answer', !silos && 'bad'),
  ];
}

const tile = (name, value, note, kind) =>
  h('div', { class: 'tile' }, h('dt', {}, name), h('dd', { class: kind || null }, value), h('dd', { class: 'note' }, note));

function circuitsOf({ circuits, changes, at }, refresh) {
  if (!circuits) return h('p', { class: 'problem' }, 'The circuits do not answer: no silo is reached.');
  return table('Green closed, red open, amber half-open, blue isolated', ['Circuit', 'State', 'Last hour', ''], circuits.map(circuit => [
    circuit.family,
    [{}, h('span', {}, state(circuit.state), circuit.retry_after ? ` probe in ${circuit.retry_after} s` : '')],
    [{}, historyStrip(circuit.family, circuit.state, changes, at)],
    [{ class: 'nowrap' },
      circuit.state === 'isolated' ? null : h('button', { type: 'button', class: 'small danger', 'aria-label': `Isolate ${circuit.family}`, click: () => isolate(circuit.family, refresh) }, 'Isolate'),
      ' ',
      circuit.state === 'closed' ? null : h('button', { type: 'button', class: 'small', 'aria-label': `Close ${circuit.family}`, click: () => close(circuit.family, refresh) }, 'Close')],
  ]));
}

const isolate = (family, refresh) => change('isolate', family, refresh,
  `Isolate ${family}?`, family === 'overall' ? 'All calls to X are refused until the circuit is closed.' : `All calls of the family ${family} are refused until its circuit is closed.`, 'Isolate circuit');

const close = (family, refresh) => change('close', family, refresh,
  `Close ${family}?`, 'Calls go to X again at once. If X still fails, the circuit opens again.', 'Close circuit');

async function change(verb, family, refresh, title, text, action) {
  const done = await confirm({ title, text, action, run: reason => call('POST', `/v1/ops/circuit/${verb}`, { body: { family }, reason }) });
  if (done) refresh();
}

export function silosView(view) {
  const box = h('div');
  view.append(card('Silos', "as the cluster's membership has them", box));
  return ({ silos }) => box.replaceChildren(silos
    ? table(counted(silos.length, 'member'), ['Name', 'State', 'Address', 'Host', 'Up'], silos.map(silo =>
      [silo.name, state(silo.status), h('code', {}, silo.address), silo.host, [{ class: 'nowrap' }, upSince(silo.started_at)]]))
    : h('p', { class: 'problem' }, 'No silo answers.'));
}

function upSince(value) {
  const minutes = Math.max(0, Math.floor((Date.now() - new Date(value)) / 60_000));
  const text = minutes < 60 ? `${minutes} min` : minutes < 2880 ? `${Math.floor(minutes / 60)} h ${minutes % 60} min` : `${Math.floor(minutes / 1440)} days`;
  return h('time', { datetime: value, title: new Date(value).toLocaleString() }, text);
}

// Elements are made, never parsed: what the proxy answers cannot become markup.

export const $ = id => document.getElementById(id);

/** An element: h('td', { class: 'nowrap' }, 'text', child). A function attribute is an event listener; null and false are left out. */
export function h(name, attributes = {}, ...children) {
  return fill(document.createElement(name), attributes, children);
}

export function svg(name, attributes = {}, ...children) {
  return fill(document.createElementNS('http://www.w3.org/2000/svg', name), attributes, children);
}

function fill(element, attributes, children) {
  for (const [key, value] of Object.entries(attributes)) {
    if (typeof value === 'function') element.addEventListener(key, value);
    else if (value !== null && value !== undefined && value !== false) element.setAttribute(key, value === true ? '' : value);
  }
  element.append(...children.flat(Infinity).filter(child => child !== null && child !== undefined && child !== false));
  return element;
}

export const show = (element, text) => {
  element.textContent = text ?? '';
  element.hidden = !text;
};

/** A table whose rows become cards on a phone. Rows are arrays of cells: text, an element, or [attributes, ...children]. */
export function table(caption, columns, rows) {
  return h('div', { class: 'scroll', tabindex: 0, role: 'region', 'aria-label': caption },
    h('table', { class: 'cards' },
      h('caption', {}, caption),
      h('thead', {}, h('tr', {}, columns.map(column => h('th', { scope: 'col' }, column)))),
      h('tbody', {}, rows.map(row => h('tr', {}, row.map((cell, i) => {
        const [attributes, ...children] = Array.isArray(cell) ? cell : [{}, cell];
        return h(i === 0 ? 'th' : 'td', { ...(i === 0 ? { scope: 'row' } : {}), 'data-label': columns[i], ...attributes }, ...children);
      }))))));
}

export function card(title, note, ...children) {
  const id = `card-${title.toLowerCase().replace(/[^a-z]+/g, '-')}`;
  return h('section', { class: 'card', 'aria-labelledby': id },
    h('header', {}, h('h2', { id }, title), note && h('p', { class: 'small muted' }, note)), ...children);
}

export const words = name => name.replaceAll('_', ' ');

const kinds = {
  active: 'good', closed: 'good', rejected: 'bad', refresh_interrupted: 'bad', unreadable: 'bad', open: 'bad', dead: 'bad',
  expired: 'warn', half_open: 'warn', isolated: 'warn', erasing: 'warn', stopping: 'warn', shutting_down: 'warn',
};
export const state = name => h('span', { class: `state ${kinds[name] ?? ''}` }, words(name));

/** one client, two clients */
export const counted = (count, noun) => `${number(count)} ${noun}${count === 1 ? '' : 's'}`;

export const number = value => value.toLocaleString('en');

export const duration = ms => (ms === null ? '–' : ms < 1000 ? `${ms} ms` : `${(ms / 1000).toFixed(ms < 10_000 ? 1 : 0)} s`);

/** A time, with how far it is from now. */
export function time(value) {
  if (!value) return '–';
  const at = new Date(value);
  const seconds = Math.round((at - Date.now()) / 1000);
  const size = Math.abs(seconds);
  const [count, unit] = size < 90 ? [size, 's'] : size < 5400 ? [Math.round(size / 60), 'min']
    : size < 172_800 ? [Math.round(size / 3600), 'h'] : [Math.round(size / 86_400), 'days'];
  return h('time', { datetime: value, title: at.toLocaleString() }, seconds < 0 ? `${count} ${unit} ago` : `in ${count} ${unit}`);
}

// Elements, buttons and times. Data from X or the proxy is shown as text only, never as markup.

export const $ = id => document.getElementById(id);

export function el(tag, className, ...children) {
  const element = document.createElement(tag);
  if (className) element.className = className;
  element.append(...children);
  return element;
}

export function button(className, text, onclick) {
  return Object.assign(el('button', className, text), { type: 'button', onclick });
}

/** A button does one thing at a time. */
export async function busy(target, work) {
  target.disabled = true;
  try { await work(); } finally { target.disabled = false; }
}

export const pause = seconds => new Promise(resolve => setTimeout(resolve, seconds * 1000));

// ---- time

export const clock = time => new Date(time).toLocaleTimeString([], { hour: '2-digit', minute: '2-digit' });
export const day = time => new Date(time).toLocaleDateString([], { day: 'numeric', month: 'short', year: 'numeric' });
const two = number => String(number).padStart(2, '0');

function left(until, over) {
  const seconds = Math.ceil((until - Date.now()) / 1000), hours = Math.floor(seconds / 3600), minutes = Math.floor(seconds / 60) % 60;
  return seconds <= 0 ? over : hours ? `${hours} h ${two(minutes)} min` : `${minutes}:${two(seconds % 60)}`;
}

/** Text that counts down, second by second. At its end the element gets the event "over". */
export function countdown(until, over) {
  const element = el('span');
  Object.assign(element.dataset, { until, over });
  element.textContent = left(until, over);
  return element;
}

setInterval(() => {
  for (const element of document.querySelectorAll('[data-until]')) {
    element.textContent = left(Number(element.dataset.until), element.dataset.over);
    if (Number(element.dataset.until) > Date.now()) continue;
    delete element.dataset.until;
    element.dispatchEvent(new Event('over', { bubbles: true }));
  }
}, 1000);

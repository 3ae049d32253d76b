import { $, show } from './dom.js';

/** A refusal, in the proxy's words. */
export class Refused extends Error {
  constructor(status, message) {
    super(message);
    this.status = status;
  }
}

let onSignedOut = () => {};
export const whenSignedOut = handler => { onSignedOut = handler; };

/** Calls the proxy with the cookie. Returns its JSON, or null for an empty answer. */
export async function call(method, path, { body, reason } = {}) {
  let response;
  try {
    response = await fetch(path, {
      method,
      headers: {
        ...(method === 'GET' ? {} : { 'X-Ops-Request': '1' }), // which no form and no link can send
        ...(body ? { 'Content-Type': 'application/json' } : {}),
        // fetch takes bytes for a header, each as a character; the proxy reads them as UTF-8.
        ...(reason ? { 'Ops-Reason': String.fromCharCode(...new TextEncoder().encode(reason)) } : {}),
      },
      body: body ? JSON.stringify(body) : undefined,
    });
  } catch {
    throw new Refused(0, 'The proxy does not answer.');
  }
  const text = await response.text();
  let json = null;
  try {
    json = text ? JSON.parse(text) : null;
  } catch { /* not the proxy's */ }
  if (response.ok) return json;
  if (response.status === 401 && !path.startsWith('/ops/')) onSignedOut();
  throw new Refused(response.status, json?.detail ?? `The proxy answered ${response.status}.`);
}

/** Asks for a reason, and perhaps for a word to be typed, then does it. Resolves to the answer, or to null when the operator cancels. */
export function confirm({ title, text, action, word, run }) {
  const dialog = $('dialog');
  $('dialog-title').textContent = title;
  $('dialog-text').textContent = text;
  $('dialog-do').textContent = action;
  $('dialog-typed').hidden = !word;
  $('typed-word').textContent = word ?? '';
  $('typed').value = '';
  $('typed').required = !!word;
  $('reason').value = '';
  show($('dialog-problem'));
  return new Promise(resolve => {
    const close = answer => {
      dialog.close();
      resolve(answer);
    };
    $('dialog-cancel').onclick = () => close(null);
    dialog.oncancel = () => resolve(null);
    $('dialog-form').onsubmit = async event => {
      event.preventDefault();
      if (word && $('typed').value.trim() !== word) {
        show($('dialog-problem'), `Type ${word} to confirm.`);
        $('typed').focus();
        return;
      }
      $('dialog-do').disabled = true;
      try {
        close(await run($('reason').value.trim()) ?? {});
      } catch (error) {
        show($('dialog-problem'), error.message);
      } finally {
        $('dialog-do').disabled = false;
      }
    };
    dialog.showModal();
    (word ? $('typed') : $('reason')).focus();
  });
}
